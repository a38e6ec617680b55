"use strict";

// Each star: its name (or none), right ascension in hours, declination in degrees, magnitude (small is bright), for the
// equinox of 2000, rounded to what a drawing needs. `path` names the stars in the order in which they are joined.
const CONSTELLATIONS = {
	orion: {
		stars: {
			betelgeuse: ["Betelgeuse", 5.92, 7.4, 0.5], bellatrix: ["Bellatrix", 5.42, 6.3, 1.6], mintaka: ["Mintaka", 5.53, -0.3, 2.2],
			alnitak: ["Alnitak", 5.68, -1.9, 1.8], alnilam: ["Alnilam", 5.6, -1.2, 1.7], saiph: ["Saiph", 5.8, -9.7, 2.1],
			rigel: ["Rigel", 5.24, -8.2, 0.1],
		},
		path: ["alnitak", "betelgeuse", "bellatrix", "mintaka", "rigel", "saiph", "alnitak", "alnilam", "mintaka"],
	},
	plough: {
		stars: {
			alkaid: ["Alkaid", 13.79, 49.3, 1.9], mizar: ["Mizar", 13.4, 54.9, 2.0], alioth: ["Alioth", 12.9, 56.0, 1.8],
			megrez: ["Megrez", 12.26, 57.0, 3.3], phecda: ["Phecda", 11.9, 53.7, 2.4], merak: ["Merak", 11.03, 56.4, 2.4],
			dubhe: ["Dubhe", 11.06, 61.8, 1.8],
		},
		path: ["alkaid", "mizar", "alioth", "megrez", "phecda", "merak", "dubhe", "megrez"],
	},
	cross: {
		stars: {
			gacrux: ["Gacrux", 12.52, -57.1, 1.6], acrux: ["Acrux", 12.44, -63.1, 0.8], mimosa: ["Mimosa", 12.8, -59.7, 1.3],
			imai: ["Imai", 12.25, -58.7, 2.8],
		},
		path: ["gacrux", "acrux", null, "mimosa", "imai"],
	},
	cassiopeia: {
		stars: {
			caph: ["Caph", 0.15, 59.2, 2.3], schedar: ["Schedar", 0.68, 56.5, 2.2], navi: ["Navi", 0.95, 60.7, 2.2],
			ruchbah: ["Ruchbah", 1.43, 60.2, 2.7], segin: ["Segin", 1.91, 63.7, 3.4],
		},
		path: ["caph", "schedar", "navi", "ruchbah", "segin"],
	},
	scorpius: {
		stars: {
			acrab: ["Acrab", 16.09, -19.8, 2.6], dschubba: ["Dschubba", 16.01, -22.6, 2.3], antares: ["Antares", 16.49, -26.4, 1.0],
			larawag: ["Larawag", 16.84, -34.3, 2.3], zeta: ["", 16.91, -42.4, 3.6], sargas: ["Sargas", 17.62, -43.0, 1.9],
			girtab: ["Girtab", 17.71, -39.0, 2.4], shaula: ["Shaula", 17.56, -37.1, 1.6],
		},
		path: ["acrab", "dschubba", "antares", "larawag", "zeta", "sargas", "girtab", "shaula"],
	},
};

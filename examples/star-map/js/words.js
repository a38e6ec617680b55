"use strict";

const WORDS = {
	en: {
		start: "Touch the golden star, then join it to the next.",
		wrong: "Not that one. Look for the golden star.",
		all: "You have found every constellation!",
		orion: ["Orion", "The hunter. His belt is three stars in a row. All the world can see him, around January."],
		plough: ["The Plough", "Part of the Great Bear. Dubhe and Merak point to the Pole Star, which shows where north is."],
		cross: ["Southern Cross", "Its long beam points to the south. People south of the equator see it best, around May."],
		cassiopeia: ["Cassiopeia", "A queen on her throne, like a W or an M. In the far north she never sets."],
		scorpius: ["Scorpius", "A scorpion with a red heart: Antares, a star hundreds of times as wide as the Sun."],
	},
	es: {
		start: "Toca la estrella dorada y únela con la siguiente.",
		wrong: "Esa no. Busca la estrella dorada.",
		all: "¡Has encontrado todas las constelaciones!",
		orion: ["Orión", "El cazador. Su cinturón son tres estrellas en fila. Se ve desde todo el mundo, hacia enero."],
		plough: ["El Carro", "Parte de la Osa Mayor. Dubhe y Merak señalan la Estrella Polar, que indica el norte."],
		cross: ["Cruz del Sur", "Su brazo largo señala el sur. Se ve mejor al sur del ecuador, hacia mayo."],
		cassiopeia: ["Casiopea", "Una reina en su trono, como una W o una M. En el extremo norte nunca se pone."],
		scorpius: ["Escorpio", "Un escorpión de corazón rojo: Antares, una estrella cientos de veces más ancha que el Sol."],
	},
	fr: {
		start: "Touche l'étoile dorée, puis relie-la à la suivante.",
		wrong: "Pas celle-là. Cherche l'étoile dorée.",
		all: "Tu as trouvé toutes les constellations !",
		orion: ["Orion", "Le chasseur. Sa ceinture, ce sont trois étoiles alignées. On le voit du monde entier, vers janvier."],
		plough: ["Le Chariot", "Une partie de la Grande Ourse. Dubhe et Merak montrent l'étoile Polaire, qui indique le nord."],
		cross: ["Croix du Sud", "Sa grande branche montre le sud. On la voit mieux au sud de l'équateur, vers mai."],
		cassiopeia: ["Cassiopée", "Une reine sur son trône, comme un W ou un M. Tout au nord, elle ne se couche jamais."],
		scorpius: ["Scorpion", "Un scorpion au cœur rouge : Antarès, une étoile des centaines de fois plus large que le Soleil."],
	},
};

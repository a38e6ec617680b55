"use strict";

const SVG = "http://www.w3.org/2000/svg";
const language = (navigator.languages || ["en"]).map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) || "en";
const words = WORDS[language];
const found = new Set();
let current;  // id of the constellation that is shown
let joined;   // how many steps of its path are done

function element(name, attributes, parent) {
	const made = document.createElementNS(SVG, name);
	Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
	parent.append(made);
	return made;
}

// Where the stars of a constellation stand on the drawing: east is on the left, as when one looks up.
function places(constellation) {
	const stars = Object.entries(constellation.stars);
	const middle = stars.reduce((sum, [, star]) => sum + star[2], 0) / stars.length;
	const narrowing = Math.cos((middle * Math.PI) / 180);
	const flat = stars.map(([id, [, hours, degrees]]) => [id, -hours * 15 * narrowing, -degrees]);
	const xs = flat.map((star) => star[1]);
	const ys = flat.map((star) => star[2]);
	const width = Math.max(...xs) - Math.min(...xs);
	const height = Math.max(...ys) - Math.min(...ys);
	const scale = Math.min(76 / width, 50 / height);
	const left = 50 - (scale * (Math.max(...xs) + Math.min(...xs))) / 2;
	const top = 35 - (scale * (Math.max(...ys) + Math.min(...ys))) / 2;
	return new Map(flat.map(([id, x, y]) => [id, [left + x * scale, top + y * scale]]));
}

function drawFarStars(sky) {
	let seed = 7;
	const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
	for (let star = 0; star < 120; star += 1) {
		element("circle", { class: "far", cx: 100 * chance(), cy: 70 * chance(), r: 0.08 + 0.17 * chance() }, sky);
	}
}

function nextStar() {
	const { path } = CONSTELLATIONS[current];
	return path.slice(joined).find((id) => id !== null);
}

function show(id, step, tale) {
	current = id;
	joined = step;
	const sky = document.getElementById("sky");
	const focused = document.activeElement && document.activeElement.dataset.star;
	sky.replaceChildren();
	drawFarStars(sky);
	const { stars, path } = CONSTELLATIONS[id];
	const place = places(CONSTELLATIONS[id]);
	for (let at = 1; at < step; at += 1) {
		if (path[at - 1] !== null && path[at] !== null) {
			const [[x1, y1], [x2, y2]] = [place.get(path[at - 1]), place.get(path[at])];
			element("line", { class: "line", x1, y1, x2, y2 }, sky);
		}
	}
	Object.entries(stars).forEach(([star, [name, , , magnitude]], index) => {
		const [cx, cy] = place.get(star);
		const isNext = step < path.length && star === nextStar();
		const group = element("g", { class: isNext ? "star next" : "star", tabindex: 0, role: "button", "data-star": star,
			"aria-label": name || "★" }, sky);
		element("circle", { class: "touch", cx, cy, r: 4 }, group);
		element("circle", { class: "light", cx, cy, r: 1.7 - magnitude * 0.3 }, group);
		if (path.slice(0, step).includes(star)) {
			// Names stand right and left in turn, so that those of neighbours do not cover each other.
			const [side, anchor] = index % 2 ? [-2.2, "end"] : [2.2, "start"];
			element("text", { class: "name", x: cx + side, y: cy + 3, "text-anchor": anchor }, group).textContent = name;
		}
		if (star === focused) {
			group.focus();
		}
	});
	document.getElementById("tale").textContent = tale;
	document.querySelectorAll("nav button").forEach((button) => {
		button.setAttribute("aria-pressed", button.dataset.id === id);
		button.classList.toggle("found", found.has(button.dataset.id));
	});
}

function touch(star) {
	const { path } = CONSTELLATIONS[current];
	if (joined >= path.length) {
		return;
	}
	if (star !== nextStar()) {
		document.getElementById("tale").textContent = words.wrong;
		return;
	}
	const step = path.indexOf(star, joined) + 1;
	if (step < path.length) {
		show(current, step, words.start);
		return;
	}
	found.add(current);
	const [name, tale] = words[current];
	const end = found.size === Object.keys(CONSTELLATIONS).length ? ` ${words.all}` : "";
	show(current, step, `${name}. ${tale}${end}`);
}

function begin() {
	document.documentElement.lang = language;
	const list = document.getElementById("constellations");
	Object.keys(CONSTELLATIONS).forEach((id) => {
		const button = document.createElement("button");
		button.type = "button";
		button.dataset.id = id;
		button.textContent = words[id][0];
		button.addEventListener("click", () => show(id, 0, words.start));
		list.append(button);
	});
	const sky = document.getElementById("sky");
	const star = (event) => event.target.closest(".star");
	sky.addEventListener("click", (event) => star(event) && touch(star(event).dataset.star));
	sky.addEventListener("keydown", (event) => {
		if (star(event) && (event.key === "Enter" || event.key === " ")) {
			event.preventDefault();
			touch(star(event).dataset.star);
		}
	});
	show("orion", 0, words.start);
}

begin();

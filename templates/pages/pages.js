// Every table with class "rows" sorts, searches and pages; what is chosen stands in the address: #steps.search=seed&steps.sort=-held
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", dark.matches);
dark.addEventListener("change", follow);
follow();

const WORDS = { search: "Search", lengthMenu: "_MENU_ rows a page", info: "_START_ to _END_ of _TOTAL_", infoEmpty: "no rows", infoFiltered: "(of _MAX_)", zeroRecords: "no row matches" };
const address = () => new URLSearchParams(location.hash.slice(1));
const clean = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
let quiet = false; // while an address is applied

function keysOf(table) {
  return Array.from(table.querySelectorAll("thead th"), (cell) => cell.dataset.key);
}

// The rows of a table whose cells are data, column by column: a word is its place among the words, a number is counted from the one before,
// and cells that are alike are [cell, how many].
// A word is a text, or [text, what sorts it, address, style, length of its bar in percent]; a text may be [shape, its numbers ...].
function dataOf(table) {
  const source = document.getElementById(`${table.id}-data`);
  if (!source) return {};
  const { words, shapes, columns, kinds, right } = JSON.parse(source.textContent);
  const shaped = ([shape, ...numbers]) => shapes[shape].replace(/\x01/g, () => numbers.shift());
  const whole = (word) => (!Array.isArray(word) ? word : typeof word[0] === "number" ? shaped(word) : [whole(word[0]), ...word.slice(1)]);
  const known = words.map(whole);
  const every = (cells) => cells.flatMap((cell) => (Array.isArray(cell) ? Array(cell[1]).fill(cell[0]) : [cell]));
  const summed = (cells, last = 0) => cells.map((cell) => (cell === null ? null : (last += cell)));
  const cells = columns.map(every).map((column, i) => (kinds[i] === "word" ? column.map((place) => known[place]) : summed(column)));
  const classes = [...table.querySelectorAll("thead th")].map((cell, i) => cell.dataset.kind || (kinds[i] === "time" ? "time" : ""));
  const views = kinds.map((kind, i) => ({
    className: [(right ? right[i] : kind !== "word") ? "right" : "", classes[i]].join(" ").trim(),
    render: (cell, type, row) => (type === "display" ? nodeOf(cell, kind, textOf(row[0], kinds[0])) : type === "filter" ? textOf(cell, kind) : orderOf(cell)),
  }));
  return { data: cells[0].map((_, i) => cells.map((column) => column[i])), columns: views, deferRender: true };
}

const orderOf = (cell) => (Array.isArray(cell) ? cell[1] ?? cell[0] : cell);

function textOf(cell, kind) {
  if (cell === null) return "";
  if (kind === "word") return Array.isArray(cell) ? cell[0] : cell;
  if (kind === "number") return String(cell);
  return new Date(cell * 1000).toISOString().slice(0, 16).replace("T", " ") + (kind === "utc" ? " UTC" : "");
}

// What a cell of data shows; texts never become HTML. In its address, $ is the text of the first cell of the row.
function nodeOf(cell, kind, first) {
  const [, , address, style, share] = kind === "word" && Array.isArray(cell) ? cell : [];
  const node = document.createElement(address ? "a" : "span");
  node.textContent = textOf(cell, kind);
  if (address) node.href = address.replaceAll("$", () => encodeURIComponent(first));
  if (style) node.className = style;
  if (typeof share !== "number") return node;
  const bar = Object.assign(document.createElement("progress"), { max: 100, value: share });
  bar.setAttribute("aria-hidden", "true");
  const both = document.createElement("span");
  both.className = "bar";
  both.append(bar, " ", node);
  return both;
}

// A short table needs neither pages nor a search.
function layout(count) {
  return count > 10 ? {} : { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null };
}

function make(table) {
  const keys = keysOf(table);
  const data = dataOf(table);
  // else a cell with a link, which is sorted by a number, would be searched by its HTML
  for (const cell of table.querySelectorAll("tbody td[data-order]")) cell.dataset.search = cell.textContent.trim();
  const count = data.data ? data.data.length : table.tBodies[0].rows.length;
  const view = new DataTable(table, { ...data, order: [], pageLength: 50, paging: count > 25, searching: true, info: count > 25, layout: layout(count), lengthMenu: [25, 50, 200, 1000], autoWidth: false, language: WORDS });
  const tabs = table.dataset.tabs ? makeTabs(view, keys.indexOf(table.dataset.tabs)) : null;
  const state = { name: table.id, view, keys, tabs, fixed: {} };
  apply(state);
  view.on("draw", () => keep(state));
  addEventListener("hashchange", () => apply(state));
}

// Read what the address says of a table.
function apply({ name, view, keys, tabs, fixed }) {
  const said = address();
  quiet = true;
  view.search(said.get(`${name}.search`) || "");
  const order = said.get(`${name}.sort`) || "";
  const place = keys.indexOf(order.replace(/^-/, ""));
  view.order(place < 0 ? [] : [[place, order.startsWith("-") ? "desc" : "asc"]]);
  keys.forEach((key, i) => {
    fixed[key] = said.get(`${name}.${key}`) || "";
    view.column(i).search(fixed[key] ? `^${clean(fixed[key])}(,|$)` : "", { regex: true, smart: false });
  });
  view.draw();
  view.page(Math.max(0, Number(said.get(`${name}.page`) || 1) - 1)).draw("page");
  if (tabs) tabs(fixed);
  quiet = false;
}

// Write into the address what a table shows.
function keep({ name, view, keys, fixed }) {
  if (quiet) return;
  const said = address();
  const note = (key, value) => (value ? said.set(`${name}.${key}`, value) : said.delete(`${name}.${key}`));
  const [first] = view.order();
  note("search", view.search());
  note("sort", first && first[1] ? (first[1] === "desc" ? "-" : "") + keys[first[0]] : "");
  note("page", view.page() ? view.page() + 1 : "");
  keys.forEach((key) => note(key, fixed[key]));
  history.replaceState(null, "", said.size ? `#${said}` : location.pathname + location.search);
}

// A button for each value of a column, above the table.
function makeTabs(view, place) {
  const column = view.column(place);
  const key = column.header().dataset.key;
  const name = view.table().node().id;
  const counts = new Map();
  view.cells(null, place).render("filter").each((value) => {
    const word = String(value).split(",")[0];
    counts.set(word, (counts.get(word) || 0) + 1);
  });
  const bar = document.createElement("div");
  bar.className = "tabs";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", `Filter by ${column.header().textContent}`);
  const buttons = ["", ...Array.from(counts.keys()).sort()].map((value) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.value = value;
    button.textContent = value ? `${value} ${counts.get(value)}` : `all ${view.rows().count()}`;
    button.addEventListener("click", () => {
      const said = address();
      said.delete(`${name}.page`);
      if (value) said.set(`${name}.${key}`, value);
      else said.delete(`${name}.${key}`);
      location.hash = said.toString();
    });
    bar.append(button);
    return button;
  });
  view.table().container().before(bar);
  return (fixed) => buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.value === fixed[key])));
}

document.querySelectorAll("table.rows").forEach(make);

// The slice of time that a reader chose of a plot: #plot.slots=7d
function slices(group) {
  const key = `plot.${group.dataset.name}`;
  const inputs = Array.from(group.querySelectorAll("input"));
  const show = () => {
    const said = address().get(key);
    (inputs.find((one) => one.value === said) || inputs[0]).checked = true;
    if (said) group.closest("details")?.setAttribute("open", "");
  };
  inputs.forEach((one) => one.addEventListener("change", () => {
    const said = address();
    said.set(key, one.value);
    history.replaceState(null, "", `#${said}`);
  }));
  addEventListener("hashchange", show);
  show();
}

document.querySelectorAll(".slices").forEach(slices);

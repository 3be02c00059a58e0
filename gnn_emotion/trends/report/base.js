// What all parts of the page share: the data, what is chosen, and small makers of text and elements.
// Texts of others reach the page through textContent alone, and charts through shown().
const data = JSON.parse(document.getElementById("data").textContent);
const words = data.words;
const last = data.bins.length - 1;
const state = { topic: 0, measure: -1, first: 0, last: last, picked: null };
const daily = data.ends[0] - data.bins[0] >= 86400000;

const byId = (id) => document.getElementById(id);

function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function make(tag, text, kind) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

function row(table, cells) {
  const line = make("tr");
  for (const cell of cells) line.append(cell instanceof Node ? cell : make("td", cell));
  table.append(line);
  return line;
}

function heads(table, names) {
  table.replaceChildren();
  row(table, names.map((name) => {
    const head = make("th", name);
    head.scope = "col";
    return head;
  }));
}

function button(text, title, action) {
  const made = make("button", text);
  made.type = "button";
  made.setAttribute("aria-label", title);
  made.addEventListener("click", action);
  const cell = make("td", null, "words");
  cell.append(made);
  return cell;
}

function stamp(ms, minutes) {
  const text = new Date(ms).toISOString();
  return daily && !minutes ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}

const count = (n) => (n === null ? "–" : n.toLocaleString("en-US"));
const percent = (x) => (x === null || x === undefined ? "–" : (100 * x).toFixed(1) + " %");
const signed = (x, digits) => (x < 0 ? "−" : "+") + Math.abs(x).toFixed(digits);
const level = (emotion, x) => (x === null ? "–" : emotion < 0 ? signed(x, 2) : percent(x));
const between = (emotion, low, high) =>
  (emotion < 0 ? `${level(emotion, low)} … ${level(emotion, high)}` : `${(100 * low).toFixed(1)}–${percent(high)}`);
const step = (emotion, x) => (emotion < 0 ? signed(x, 2) : signed(100 * x, 1) + " %");
const called = (emotion) => (emotion < 0 ? words.valence : data.labels[emotion].name);
const topicOf = () => data.topics[state.topic];
const chosen = (values) => values.slice(state.first, state.last + 1);

// Plotly reads a few tags and entities in the texts of charts.
const shown = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function seriesOf(topic, emotion) {
  if (emotion < 0) return topic.valence;
  return { share: topic.share[emotion], low: topic.low[emotion], high: topic.high[emotion] };
}

function changesShown(all) {
  return data.changes.filter((change) =>
    change.topic === state.topic && change.bin >= state.first && change.bin <= state.last
    && (all || change.emotion === state.measure));
}

// Mean over the bins that are shown, each counting for its posts.
function meanOf(topic, values) {
  let sum = 0;
  let posts = 0;
  for (let at = state.first; at <= state.last; at++) {
    if (values[at] === null || !topic.volume[at]) continue;
    sum += values[at] * topic.volume[at];
    posts += topic.volume[at];
  }
  return posts ? sum / posts : null;
}

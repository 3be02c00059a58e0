// What is chosen, and the drawing of all that depends on it.
function option(value, text) {
  const made = make("option", text);
  made.value = value;
  return made;
}

function setUp() {
  data.topics.forEach((topic, number) => {
    if (topic.shown) byId("topic").append(option(number, `${topic.name} (${count(topic.posts)})`));
  });
  for (const emotion of measures()) byId("measure").append(option(emotion, called(emotion)));
  state.measure = Number(byId("measure").value);
  for (const id of ["from", "to"]) {
    byId(id).type = daily ? "date" : "datetime-local";
    byId(id).min = field(data.bins[0]);
    byId(id).max = field(data.bins[last]);
    byId(id).addEventListener("change", choose);
  }
  setDates();
  byId("topic").addEventListener("change", choose);
  byId("measure").addEventListener("change", choose);
  byId("reset").addEventListener("click", () => {
    byId("topic").value = "0";
    setDates();
    choose();
  });
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("beforeprint", () => sized(680));
  window.addEventListener("afterprint", () => sized(null));
}

const field = (ms) => new Date(ms).toISOString().slice(0, daily ? 10 : 16);

function setDates() {
  byId("from").value = field(data.bins[0]);
  byId("to").value = field(data.bins[last]);
}

function chooseTopic(number) {
  byId("topic").value = String(number);
  choose();
}

// The bins that begin between the dates; null without any.
function range() {
  const inside = data.bins.map((begin, at) => at).filter((at) =>
    (!byId("from").value || field(data.bins[at]) >= byId("from").value)
    && (!byId("to").value || field(data.bins[at]) <= byId("to").value));
  return inside.length ? [inside[0], inside[inside.length - 1]] : null;
}

function choose() {
  const bins = range();
  if (bins === null) {
    byId("status").textContent = words.no_bins;
    return;
  }
  [state.first, state.last] = bins;
  const topic = Number(byId("topic").value);
  if (state.picked && topic !== state.topic) state.picked = null;
  state.topic = topic;
  state.measure = Number(byId("measure").value);
  drawAll();
}

function drawAll() {
  const topic = topicOf();
  const volume = chosen(topic.volume);
  const hidden = volume.filter((posts) => posts === null).length;
  byId("status").textContent = fill(words.status, {
    topic: topic.name, posts: count(volume.reduce((sum, posts) => sum + (posts || 0), 0)),
    bins: count(volume.length), all: count(data.bins.length),
  }) + (hidden ? fill(words.status_hidden, { hidden: count(hidden) }) : "");
  for (const one of [drawShares, drawLine, drawVolume, drawHeat, drawChanges, drawSummary, drawNumbers, drawKeywords, drawSpread]) one();
  drawPosts(false);
}

// On paper charts have the width of a page; a closed table stays closed.
function sized(width) {
  for (const id of ["shares", "line", "volume", "heat"]) {
    if (byId(id).data) Plotly.relayout(byId(id), { width: width, autosize: width === null });
  }
}

setUp();
drawAll();

// The four charts, drawn anew from what is chosen.
const FONT = 'system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
const GREY = "#d5dbe3";

function layout(height, more) {
  const narrow = window.innerWidth < 640;
  const span = data.ends[state.last] - data.bins[state.first];
  const format = span > 400 * 86400000 ? "%Y-%m" : daily || span > 12 * 86400000 ? "%m-%d\n%Y" : "%H:%M\n%m-%d";
  return Object.assign({
    height: height,
    margin: { l: narrow ? 44 : 56, r: narrow ? 8 : 16, t: 8, b: 44 },
    font: { family: FONT, size: narrow ? 11 : 13, color: "#1c2430" },
    paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff",
    dragmode: false, hovermode: "closest", showlegend: false,
    hoverlabel: { font: { family: FONT }, align: "left" },
    xaxis: {
      type: "date", range: [data.bins[state.first], data.ends[state.last]], fixedrange: true,
      tickformat: format, nticks: narrow ? 5 : 10, gridcolor: "#e8ebef", ticks: "outside", ticklen: 7, tickcolor: "#aab4c0", hoverformat: "%Y-%m-%d %H:%M",
    },
    yaxis: { fixedrange: true, gridcolor: "#e8ebef", zeroline: false },
  }, more);
}

function draw(id, traces, made, label, onPoint) {
  const place = byId(id);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", label);
  Plotly.react(place, traces, made, CONFIG);
  place.removeAllListeners("plotly_click");
  place.on("plotly_click", (event) => onPoint(event.points[event.points.length - 1]));
}

const middles = () => chosen(data.bins).map((begin, at) => (begin + data.ends[state.first + at]) / 2);
const widths = () => chosen(data.bins).map((begin, at) => Math.max(1, data.ends[state.first + at] - begin));
const stamps = () => chosen(data.bins).map((begin) => stamp(begin));

function marks(changes, height) {
  // Several change points of one time stand one above the other.
  const taken = new Map();
  const y = changes.map((change) => {
    const above = taken.get(change.bin) || 0;
    taken.set(change.bin, above + 1);
    return height(above);
  });
  return {
    type: "scatter", mode: "markers", x: changes.map((change) => data.bins[change.bin]), y: y,
    marker: {
      symbol: "triangle-down", size: 13, line: { color: "#ffffff", width: 1 },
      color: changes.map((change) => (change.emotion < 0 ? "#444444" : data.labels[change.emotion].colour)),
    },
    customdata: changes.map((change) => data.changes.indexOf(change)), meta: "change", cliponaxis: false,
    text: changes.map((change) => shown(changeText(change))), hovertemplate: "%{text}<extra></extra>",
  };
}

function dotted(changes) {
  return [...new Set(changes.map((change) => change.bin))].map((bin) => ({
    type: "line", xref: "x", yref: "paper", x0: data.bins[bin], x1: data.bins[bin], y0: 0, y1: 1,
    line: { color: "#444444", width: 1, dash: "dot" },
  }));
}

function changeText(change) {
  return `${stamp(data.bins[change.bin])} ${called(change.emotion)}: `
    + `${level(change.emotion, change.before)} → ${level(change.emotion, change.after)}`;
}

const atBin = (point, emotion) => showBin(state.topic, state.first + point.pointNumber, emotion);
const atChange = (point) => showChange(data.changes[point.customdata]);

function drawShares() {
  const topic = topicOf();
  const changes = changesShown(true).filter((change) => change.emotion >= 0);
  const most = Math.max(0, ...changes.map((change) => changes.filter((other) => other.bin === change.bin).length));
  const bars = data.labels.map((label, emotion) => ({
    type: "bar", name: shown(label.name), x: chosen(data.bins), y: chosen(topic.share[emotion]),
    width: widths(), offset: 0, marker: { color: label.field, line: { width: 0 } },
    text: stamps().map((time, at) => shown(
      `${time} ${label.name} ${percent(chosen(topic.share[emotion])[at])} `
      + `[${percent(chosen(topic.low[emotion])[at])}, ${percent(chosen(topic.high[emotion])[at])}]`)),
    textposition: "none", hovertemplate: "%{text}<extra></extra>", meta: emotion,
  }));
  const triangles = Object.assign(marks(changes, (above) => 1.03 + 0.05 * above), { showlegend: false });
  const made = layout(430, {
    barmode: "stack", bargap: 0, showlegend: true, shapes: dotted(changes),
    legend: { orientation: "h", y: -0.16, yanchor: "top", x: 0, traceorder: "normal", itemclick: false, itemdoubleclick: false },
  });
  made.margin.b = 100;
  Object.assign(made.yaxis, { range: [0, 1.02 + 0.05 * most], tickformat: ".0%", tickvals: [0, 0.25, 0.5, 0.75, 1] });
  draw("shares", [...bars, triangles], made, `${words.shares}: ${topic.name}`, (point) =>
    point.data.meta === "change" ? atChange(point) : atBin(point, point.data.meta));
}

// The band as closed shapes, one for each run of bins without a gap.
function band(x, low, high, colour) {
  const outline = { x: [], y: [] };
  for (let from = 0; from < x.length; from++) {
    if (low[from] === null) continue;
    let to = from;
    while (to + 1 < x.length && low[to + 1] !== null) to++;
    for (let at = from; at <= to; at++) { outline.x.push(x[at]); outline.y.push(high[at]); }
    for (let at = to; at >= from; at--) { outline.x.push(x[at]); outline.y.push(low[at]); }
    outline.x.push(null);
    outline.y.push(null);
    from = to;
  }
  return {
    type: "scatter", mode: "lines", fill: "toself", fillcolor: colour + "33", line: { width: 0 },
    hoverinfo: "skip", x: outline.x, y: outline.y,
  };
}

function drawLine() {
  const topic = topicOf();
  const emotion = state.measure;
  const series = seriesOf(topic, emotion);
  const [y, low, high] = [chosen(series.share), chosen(series.low), chosen(series.high)];
  const colour = emotion < 0 ? "#0b5cad" : data.labels[emotion].colour;
  const x = middles();
  // A point between two gaps has no band: a bar shows its interval.
  const alone = y.map((value, at) => value !== null && (at === 0 || y[at - 1] === null) && (at === y.length - 1 || y[at + 1] === null));
  const line = {
    type: "scatter", mode: "lines+markers", x: x, y: y, connectgaps: false, meta: emotion,
    line: { color: colour, width: 2, dash: emotion < 0 ? "solid" : data.labels[emotion].dash },
    marker: { size: x.length > 150 ? 4 : 7, color: colour },
    error_y: {
      type: "data", symmetric: false, color: colour, thickness: 1.2, width: 3,
      array: y.map((value, at) => (alone[at] ? high[at] - value : 0)),
      arrayminus: y.map((value, at) => (alone[at] ? value - low[at] : 0)), visible: alone.some(Boolean),
    },
    text: stamps().map((time, at) => shown(`${time} ${called(emotion)} ${level(emotion, y[at])} [${level(emotion, low[at])}, ${level(emotion, high[at])}]`)),
    hovertemplate: "%{text}<extra></extra>",
  };
  const changes = changesShown(false);
  const known = [...low, ...high].filter((value) => value !== null);
  const bottom = emotion < 0 ? Math.min(0, ...known) : 0;
  const top = Math.max(emotion < 0 ? 0 : 0.05, ...known);
  const pad = 0.08 * (top - bottom || 1);
  const made = layout(320, { shapes: dotted(changes) });
  Object.assign(made.yaxis, { range: [emotion < 0 ? bottom - pad : 0, top + 1.5 * pad], zeroline: emotion < 0, zerolinecolor: "#9aa4b0" });
  if (emotion >= 0) made.yaxis.tickformat = ".0%";
  byId("h-line").textContent = fill(words.line, { measure: called(emotion) });
  draw("line", [band(x, low, high, colour), line, marks(changes, () => top + pad)], made,
    `${byId("h-line").textContent}: ${topic.name}`,
    (point) => (point.data.meta === "change" ? atChange(point) : atBin(point, point.data.meta)));
}

function drawVolume() {
  const topic = topicOf();
  const bars = {
    type: "bar", x: chosen(data.bins), y: chosen(topic.volume), width: widths(), offset: 0,
    marker: { color: "#6b7c93", line: { width: 0 } }, textposition: "none",
    text: stamps().map((time, at) => shown(`${time}: ${words.count} ${count(chosen(topic.volume)[at])}, ${words.users} ${count(chosen(topic.users_in)[at])}`)),
    hovertemplate: "%{text}<extra></extra>",
  };
  const made = layout(200, { bargap: 0 });
  Object.assign(made.yaxis, { rangemode: "tozero", nticks: 5, tickformat: "~s" });
  draw("volume", [bars], made, `${words.volume}: ${topic.name}`, (point) => atBin(point, null));
}

// A text of at most so many Latin letters, of which a Chinese character has the width of two.
function short(text, most) {
  let left = most;
  let kept = "";
  for (const letter of text) {
    left -= letter.codePointAt(0) > 0x2e7f ? 2 : 1;
    if (left < 0) return kept + "…";
    kept += letter;
  }
  return kept;
}

function drawHeat() {
  const topics = data.topics.map((topic, number) => number).filter((number) => data.topics[number].shown);
  byId("heat-section").hidden = topics.length < 2;
  if (topics.length < 2) return;
  const emotion = state.measure;
  const narrow = window.innerWidth < 640;
  const names = topics.map((number) => {
    const name = short(data.topics[number].name, narrow ? 13 : 30);
    return number === state.topic ? `<b>▸ ${shown(name)}</b>` : shown(name);
  });
  const z = topics.map((number) => chosen(seriesOf(data.topics[number], emotion).share));
  const text = topics.map((number) => chosen(data.bins).map((begin, at) => {
    const topic = data.topics[number];
    const value = seriesOf(topic, emotion).share[state.first + at];
    return shown(`${topic.name}\n${stamp(begin)} ${called(emotion)} ${level(emotion, value)}`).replace("\n", "<br>");
  }));
  const map = {
    type: "heatmap", x: [...chosen(data.bins), data.ends[state.last]], y: topics.map((number, at) => at), z: z, text: text,
    hovertemplate: "%{text}<extra></extra>", xgap: data.bins.length > 150 ? 0 : 1, ygap: 2,
    // Red for unpleasant, blue for pleasant: a pair that the colour-blind tell apart.
    colorscale: emotion < 0 ? [[0, "#b2182b"], [0.5, "#f7f7f7"], [1, "#2166ac"]] : "Viridis",
    colorbar: { thickness: 12, tickformat: emotion < 0 ? "" : ".0%", orientation: "h", y: -50 / (30 * topics.length + 26), yanchor: "top", len: 0.6 },
  };
  Object.assign(map, emotion < 0 ? { zmin: -1, zmax: 1 } : { zmin: 0 });
  const made = layout(130 + 30 * topics.length, { plot_bgcolor: GREY });
  Object.assign(made.yaxis, { autorange: "reversed", tickvals: topics.map((number, at) => at), ticktext: names, showgrid: false });
  made.xaxis.showgrid = false;
  made.margin.l = narrow ? 104 : 210;
  made.margin.b = 96;
  byId("h-heat").textContent = fill(words.heat, { measure: called(emotion) });
  draw("heat", [map], made, byId("h-heat").textContent, (point) => {
    const [at, bin] = point.pointNumber;
    chooseTopic(topics[at]);
    showBin(topics[at], state.first + bin, emotion < 0 ? null : emotion);
  });
}

// The tables, and the posts behind a point.
const ROWS = 300;

function swatch(emotion) {
  const cell = make("th");
  cell.scope = "row";
  if (emotion >= 0) {
    const mark = make("span", null, "swatch");
    mark.style.background = data.labels[emotion].field;
    cell.append(mark);
  }
  cell.append(called(emotion));
  return cell;
}

const measures = () => [-1, ...data.labels.keys()].filter((emotion) => emotion >= 0 || hasValence());
const hasValence = () => data.topics[0].whole_valence[0] !== null;

function drawSummary() {
  const topic = topicOf();
  heads(byId("summary"), [words.emotion, words.whole, words.interval, words.chosen]);
  for (const emotion of measures()) {
    const [middle, low, high] = emotion < 0 ? topic.whole_valence
      : [topic.whole.share[emotion], topic.whole.low[emotion], topic.whole.high[emotion]];
    row(byId("summary"), [swatch(emotion), level(emotion, middle), between(emotion, low, high),
      level(emotion, meanOf(topic, seriesOf(topic, emotion).share))]);
  }
}

function drawChanges() {
  const table = byId("changes");
  const changes = changesShown(true);
  heads(table, [words.time, words.emotion, words.before, words.after, words.size]);
  for (const change of changes) {
    const time = stamp(data.bins[change.bin]);
    const title = fill(words.posts_change, { topic: topicOf().name, what: called(change.emotion), time: time });
    row(table, [button(time, title, () => showChange(change)), swatch(change.emotion),
      level(change.emotion, change.before), level(change.emotion, change.after),
      `${step(change.emotion, change.size)} [${step(change.emotion, change.low)}, ${step(change.emotion, change.high)}]`]);
  }
  if (!changes.length) {
    const cell = make("td", words.no_changes, "words");
    table.replaceChildren();
    row(table, [cell]);
  }
}

function drawNumbers() {
  const topic = topicOf();
  const table = byId("numbers");
  const all = state.last - state.first + 1;
  byId("numbers-cut").textContent = all > ROWS ? fill(words.numbers_cut, { shown: ROWS, all: all }) : "";
  heads(table, [words.time, words.count, words.users, ...measures().map(called)]);
  for (let at = state.first; at <= state.last && at < state.first + ROWS; at++) {
    const time = stamp(data.bins[at]);
    const first = topic.volume[at] ? button(time, `${words.read} ${time}`, () => showBin(state.topic, at, null))
      : make("td", time, "words");
    row(table, [first,
      count(topic.volume[at]), count(topic.users_in[at]),
      ...measures().map((emotion) => level(emotion, seriesOf(topic, emotion).share[at]))]);
  }
}

function stretchesShown() {
  return [...new Set(chosen(data.stretches))];
}

function stretchTime(stretch) {
  const begin = data.stretches.indexOf(stretch);
  const end = data.stretches.lastIndexOf(stretch);
  return `${stamp(data.bins[begin])} – ${stamp(data.ends[end] - 60000)}`;
}

function drawKeywords() {
  byId("keywords-section").hidden = data.keywords === null;
  if (data.keywords === null) return;
  const found = data.keywords[state.topic] || {};
  const table = byId("keywords");
  heads(table, [words.stretch, words.keywords]);
  table.rows[0].lastChild.className = "words";
  const stretches = stretchesShown().filter((stretch) => found[stretch]);
  for (const key of found.whole ? ["whole", ...stretches] : stretches) {
    const cell = make("td", null, "words");
    for (const word of found[key]) cell.append(make("span", word, "word"));
    const head = make("th", key === "whole" ? words.whole : stretchTime(key));
    head.scope = "row";
    row(table, [head, cell]);
  }
  if (table.rows.length === 1) {
    table.replaceChildren();
    row(table, [make("td", words.keywords_none, "words")]);
  }
}

function drawSpread() {
  byId("spread-section").hidden = data.pairs === null;
  if (data.pairs === null) return;
  const k = data.labels.length;
  const table = byId("spread");
  const parts = stretchesShown().filter((stretch) => data.pairs[state.topic][stretch]);
  table.replaceChildren();
  if (!parts.length) {
    byId("spread-hint").textContent = words.spread_none;
    return;
  }
  const sums = (name) => [...Array(k * k).keys()].map((at) =>
    parts.reduce((sum, stretch) => sum + data.pairs[state.topic][stretch][name][at], 0));
  const [pairs, chance] = [sums("pairs"), sums("chance")];
  const edges = parts.reduce((sum, stretch) => sum + data.pairs[state.topic][stretch].edges, 0);
  const first = data.bins[data.stretches.indexOf(parts[0])];
  const end = data.ends[data.stretches.lastIndexOf(parts[parts.length - 1])];
  byId("spread-hint").textContent = fill(words.spread_hint, { edges: count(edges), first: stamp(first), last: stamp(end - 60000) });
  heads(table, [words.parent, ...data.labels.map((label) => label.name)]);
  for (let parent = 0; parent < k; parent++) {
    const mine = pairs.slice(k * parent, k * parent + k);
    const total = mine.reduce((sum, value) => sum + value, 0);
    row(table, [swatch(parent), ...mine.map((value, child) => {
      const share = total > 0 ? value / total : null;
      const expected = chance[k * parent + child];
      const cell = make("td", percent(share));
      cell.append(make("small", expected > 0.5 ? `× ${(value / expected).toFixed(2)}` : ""));
      if (share !== null) cell.style.background = `rgba(11, 92, 173, ${(0.45 * share).toFixed(3)})`;
      return cell;
    })]);
  }
}

function showBin(topic, at, emotion) {
  const all = (data.examples[topic] || {})[at] || [];
  const wanted = emotion === null || emotion < 0 ? all : all.filter((post) => data.posts[post][1] === emotion);
  const what = emotion === null || emotion < 0 ? words.every_emotion : called(emotion);
  state.picked = { topic: topic, what: fill(words.posts_bin, { topic: data.topics[topic].name, time: stamp(data.bins[at]), what: what }), groups: [[null, wanted.map((post) => [0, post])]] };
  drawPosts(true);
}

function showChange(change) {
  const side = (number) => change.posts.filter((one) => one[0] === number);
  state.picked = {
    topic: change.topic,
    what: fill(words.posts_change, { topic: data.topics[change.topic].name, time: stamp(data.bins[change.bin]), what: called(change.emotion) }),
    groups: [[words.before, side(0)], [words.after, side(1)]],
  };
  drawPosts(true);
}

function drawPosts(moves) {
  const list = byId("posts-list");
  list.replaceChildren();
  byId("posts-what").textContent = !data.shows_posts ? words.posts_off : state.picked ? state.picked.what : words.posts_hint;
  if (!data.shows_posts || !state.picked) return;
  for (const [side, posts] of state.picked.groups) {
    if (side !== null && posts.length) list.append(make("h3", side));
    for (const [, post, chosenFor, prob] of posts) list.append(postOf(data.posts[post], chosenFor, prob));
  }
  if (!list.children.length) list.append(make("p", words.posts_none, "hint"));
  if (moves) byId("posts").scrollIntoView({ block: "nearest", behavior: "smooth" });
  if (moves) byId("posts").focus({ preventScroll: true });
}

// A post beside a change point was chosen for an emotion that need not be its label.
function postOf([time, emotion, confidence, text], chosenFor, prob) {
  const made = make("article", null, "post");
  made.style.borderColor = data.labels[emotion].field;
  const facts = [stamp(time, true), called(emotion), fill(words.confidence, { value: percent(confidence) })];
  if (chosenFor !== undefined && chosenFor !== emotion) facts.push(`${called(chosenFor)} ${percent(prob)}`);
  made.append(make("p", facts.join(" · "), "meta"));
  const said = make("p", text);
  said.dir = "auto";
  made.append(said);
  return made;
}

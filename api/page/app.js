// Puts the page together: what is fetched, what comes live, and what a hand or key does.

import { createAddress } from "./address.js";
import { ApiError, getCase, getWatching, listCases } from "./api.js";
import { createDetail } from "./detail.js";
import { closeEasily, createHelp } from "./dialogs.js";
import { byId } from "./dom.js";
import { createHeader } from "./header.js";
import { loadCatalogues, t, translate } from "./i18n.js";
import { listenToKeys } from "./keys.js";
import { createLife } from "./life.js";
import { createList } from "./list.js";
import { createZoom } from "./picture.js";
import { createRecord } from "./record.js";
import { createLogin, createPerson } from "./sign_in.js";
import { createStore, isWhole } from "./store.js";
import { openStream } from "./stream.js";
import { createStrip } from "./strip.js";
import { createToasts, explain } from "./toast.js";
import { emptyWords, kindName, placeName, waitsForOperator } from "./words.js";

const POLL_MS = 10000;
const MOST_PAGES_TO_CATCH_UP = 20;

await loadCatalogues();
const store = createStore();
const toast = createToasts(byId("toasts"));
const wide = matchMedia("(min-width: 62rem)");
const header = createHeader({ relabel });
const help = createHelp(() => header.draw());
const person = createPerson(() => header.draw());
const record = createRecord({
  may: person.may,
  failed,
  saved(words) {
    announce(words);
    // A penalty file may lack nothing now.
    if (isShown()) detail.show(store.get(store.selected));
  },
});
const strip = createStrip({ kindsRoot: byId("kinds"), camerasRoot: byId("cameras"), record });
const address = createAddress({ store, wide, toast, failed });
const list = createList({ root: byId("rows"), store, open: address.open });
const zoom = createZoom(byId("zoom"));
const life = createLife({ store, failed, announce });
const detail = createDetail({ root: byId("detail"), zoom, back, life, failed, tell: toast, record });
let signedInAt = 0;
const loginDialog = createLogin(() => {
  signedInAt = performance.now();
  return start();
});
const onTheirWay = new Set();
let stream = null;
let watching = null;
let pendingOnly = false;
let loaded = false;

/** Shows what went wrong; a missing sign-in is answered with the sign-in instead. */
function failed(error, about = "") {
  if (error instanceof ApiError && error.status === 401) askForKey();
  else toast(about + explain(error));
}

/** Not being signed in is no broken line: nothing is tried, or bewailed, until the key is given. */
function askForKey() {
  stream?.close();
  stream = null;
  header.setState("locked");
  loginDialog.ask();
}

/** A refusal of something asked before the sign-in, come late, does not undo the sign-in. */
function refused(asked) {
  if (asked >= signedInAt) askForKey();
}

/** Says it to those who do not see it; the page itself shows it already. */
function announce(words) {
  byId("announcer").textContent = words;
}

// --- what is fetched -------------------------------------------------------------------------

/** Fetches everything this page shows anew, so that a gap in the line hides no case and no change. */
async function catchUp() {
  let cursor = null;
  let seen = 0;
  for (let pages = 0; pages < MOST_PAGES_TO_CATCH_UP; pages += 1) {
    const mark = store.mark();
    const page = await listCases(cursor);
    store.merge(page.items, mark);
    seen += page.items.length;
    cursor = page.next;
    if (cursor === null || seen >= store.size) break;
  }
  if (seen >= store.size) store.setOlder(cursor);
  loaded = true;
  drawCounts();
  address.choose();
}

async function older() {
  const mark = store.mark();
  const page = await listCases(store.older);
  store.merge(page.items, mark);
  store.setOlder(page.next);
}

/** Asks what is watched; its answer, or the lack of one, is also the pulse of the connection. */
async function poll() {
  const asked = performance.now();
  try {
    watching = await getWatching();
    strip.show(watching);
    drawEmpty();
    if (stream && header.state === "lost") stream.reopen();
  } catch (error) {
    if (error.status === 401) refused(asked);
    else if (error instanceof ApiError) header.setState("lost");
    else throw error;
  }
}

// --- what is shown ---------------------------------------------------------------------------

function drawCounts() {
  const pending = store.ordered().filter((found) => waitsForOperator(found)).length;
  byId("counts").textContent = t("list.counts", { pending, all: store.size });
  document.title = pending ? `(${pending}) ${t("product")}` : t("product");
  byId("older").hidden = store.older === null;
  drawEmpty();
}

function drawEmpty() {
  const none = loaded && store.size === 0;
  byId("empty").hidden = !none;
  document.body.toggleAttribute("data-empty", none);
  byId("none-open").hidden = store.selected !== null || none;
  byId("only-pending").hidden = store.size === 0;
  if (none) byId("empty-words").textContent = emptyWords(watching);
}

function relabel() {
  translate(document);
  header.draw();
  drawCounts();
  list.refreshAll();
  if (watching) strip.show(watching);
  if (isShown()) detail.show(store.get(store.selected), { redraw: true });
}

/** Whether the selected case is on the page, not just chosen and on its way. */
function isShown() {
  return store.get(store.selected)?.evidence !== undefined;
}

/** Shows the selected case, and fetches of it what lists leave out. */
function drawDetail() {
  const found = store.get(store.selected);
  byId("detail").hidden = !isShown();
  if (isShown()) detail.show(found);
  if (found && !isWhole(found)) fetchWhole(found.id);
}

async function fetchWhole(id) {
  if (onTheirWay.has(id)) return;
  onTheirWay.add(id);
  try {
    const found = await getCase(id);
    onTheirWay.delete(id);
    store.put(found);
  } catch (error) {
    failed(error);
  } finally {
    onTheirWay.delete(id);
  }
}

// --- going from case to case ---------------------------------------------------------------------

function back() {
  const before = store.selected;
  address.close();
  list.focus(before);
}

function walk(step) {
  const id = list.neighbour(step);
  if (id === null) return;
  address.open(id);
  list.focus(id);
}

// --- wiring --------------------------------------------------------------------------------------

store.subscribe((change) => {
  if (change.type === "case") {
    list.show(change.found.id);
    if (change.found.id === store.selected) drawDetail();
    drawCounts();
  } else if (change.type === "selected") {
    [change.before, change.id].forEach((id) => id !== null && list.refresh(id));
    document.body.dataset.view = change.id === null ? "list" : "detail";
    drawDetail();
    drawEmpty();
  } else {
    drawCounts();
  }
});

function arrived(name, found) {
  const isNew = name === "case.filed" && !store.get(found.id);
  store.arrive(found, { filed: isNew });
  if (!isNew) return;
  announce(t("announce", { kind: kindName(found), place: placeName(found) }));
  address.choose();
}

/** Runs at the start and after each sign-in. */
async function start() {
  header.setState("connecting");
  // The cases are there even where the live line is not (some proxies hold it back).
  const cases = refresh();
  await poll();
  // A stream opened without the key would be refused, which looks just like a broken line.
  if (header.state !== "locked") {
    person.learn();
    stream = openStream({
      onCase: arrived,
      onCamera: poll,
      onState(state) {
        header.setState(state);
        if (state === "live") refresh();
      },
    });
  }
  await cases;
}

function refresh() {
  const asked = performance.now();
  return catchUp()
    .then(() => address.follow())
    .catch((error) => (error.status === 401 ? refused(asked) : failed(error)));
}

/** A key acts on the open case, never on one that was left and is out of sight. */
const onOpen = (action) => () => isShown() && action();
/** A decision that was lost, since the case was still on its way, must not be taken for made. */
const decidesOpen = (action) => () =>
  isShown() ? action() : store.selected !== null && toast(t("decision.too_early"));

listenToKeys(
  {
    j: () => walk(1),
    ArrowDown: () => walk(1),
    k: () => walk(-1),
    ArrowUp: () => walk(-1),
    c: decidesOpen(() => detail.decision.confirm()),
    d: decidesOpen(() => detail.decision.ask()),
    b: onOpen(() => detail.picture.toggleBoxes()),
    z: onOpen(() => detail.picture.enlarge()),
    " ": onOpen(() => detail.clip.togglePlay()),
    "?": () => help.open(),
    Escape: () => (detail.decision.asking ? detail.decision : detail.actions).cancel(),
    ...Object.fromEntries(
      [1, 2, 3, 4, 5].map((n) => [String(n), onOpen(() => detail.decision.choose(n))]),
    ),
  },
  () => detail.decision.asking || detail.actions.open,
);
document.querySelectorAll("dialog:not(#login, #record)").forEach(closeEasily);
byId("help-open").addEventListener("click", () => help.open());
byId("operator-name").addEventListener("click", () => help.open());
byId("older").addEventListener("click", () => older().catch((error) => failed(error)));
byId("only-pending").addEventListener("click", (event) => {
  pendingOnly = !pendingOnly;
  event.currentTarget.setAttribute("aria-pressed", String(pendingOnly));
  list.filter(pendingOnly);
});
addEventListener("popstate", () => address.follow());
addEventListener("hashchange", () => address.follow());

relabel();
header.tick();
setInterval(header.tick, 10000);
setInterval(poll, POLL_MS);
await start();

// The scanner of the hand-out. What was scanned or typed is put into a queue of this phone first, then sent one by one;
// an entry leaves the queue when the server has answered it. Each has an intent key: sent twice, it is one act.
// The queue holds codes and keys only, no names.
const place = document.getElementById("scan");
const say = place.dataset;
const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
const answer = place.querySelector("[data-answer]");
const log = document.querySelector("[data-log]");
const camera = place.querySelector("[data-camera]");
const AGAIN = 10000; // milliseconds until what was not sent is tried again
const SAME = 4000; // milliseconds in which a code that is still before the camera is not another scan
const LOOK = 150; // milliseconds between two looks
const shown = new Set(); // keys of what the page says was not noted
let sending = false;
let answered = false; // something of this page's queue was
let last = { who: "", at: 0 };

function uuid() {
  if (window.crypto.randomUUID) return window.crypto.randomUUID(); // https and localhost only
  const bytes = window.crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function device() {
  const known = window.localStorage.getItem("handout-device") || uuid();
  window.localStorage.setItem("handout-device", known);
  return known;
}

// Two tabs share the queue: it is read anew before every change.
function queue() {
  try {
    return JSON.parse(window.localStorage.getItem(say.queue)) || [];
  } catch (broken) {
    return [];
  }
}

function keep(entries) {
  window.localStorage.setItem(say.queue, JSON.stringify(entries));
  const waits = place.querySelector("[data-pending]");
  waits.hidden = !entries.length && !answered;
  waits.textContent = entries.length ? `${say.waiting}${entries.length}` : say.sent;
}

function tell(words, done) {
  answer.hidden = false;
  answer.dataset.done = done;
  answer.textContent = words;
}

function note(words) {
  const line = document.createElement("li");
  line.textContent = words;
  log.prepend(line);
  document.querySelector("[data-log-block]").hidden = false;
}

// The run is over, or no longer his: nothing of the queue is noted any more, and nothing of it is thrown away.
function keepInSight() {
  for (const entry of queue()) {
    if (!shown.has(entry.key)) note(`${say.left}${entry.who}`);
    shown.add(entry.key);
  }
}

export function take(who, way) {
  who = who.trim();
  if (!who) return;
  if (way === "scanned" && who === last.who && Date.now() - last.at < SAME) {
    last.at = Date.now();
    return;
  }
  if (queue().some((entry) => entry.who === who)) {
    tell(say.repeated, "later");
    return;
  }
  last = { who, at: Date.now() };
  keep([...queue(), { who, way, key: uuid() }]);
  if (navigator.vibrate) navigator.vibrate(60);
  send();
}

async function post(entry) {
  const body = new URLSearchParams({ who: entry.who, way: entry.way, intent_key: entry.key, device: device() });
  const headers = { "X-CSRFToken": token };
  return fetch(say.send, { method: "POST", body, headers, redirect: "manual" });
}

async function send() {
  if (sending) return;
  sending = true;
  try {
    for (let entry = queue()[0]; entry; entry = queue()[0]) {
      const got = await post(entry);
      if (got.type === "opaqueredirect" || got.status === 403) {
        tell(say.again, "no");
        return;
      }
      if (got.status === 404) {
        tell(say.over, "no");
        keepInSight();
        return;
      }
      if (!got.ok) return; // later
      const told = await got.json();
      answered = true;
      keep(queue().filter((other) => other.key !== entry.key));
      tell(told.words, told.done ? "yes" : "no");
      note(told.words);
      if (!queue().length) document.dispatchEvent(new Event("handout:changed"));
    }
  } catch (unreachable) {
    tell(`${say.waiting}${queue().length}`, "later");
  } finally {
    sending = false;
    keep(queue());
  }
}

async function detector() {
  if ("BarcodeDetector" in window && (await window.BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    return new window.BarcodeDetector({ formats: ["qr_code"] });
  }
  const brought = await import(say.decoder);
  return new brought.BarcodeDetector({ formats: ["qr_code"] });
}

const buttons = { start: place.querySelector("[data-start]"), stop: place.querySelector("[data-stop]") };

function show(running) {
  camera.hidden = !running;
  buttons.start.hidden = running;
  buttons.stop.hidden = !running;
}

async function start() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    camera.srcObject = stream;
    await camera.play();
    show(true);
    look(await detector());
  } catch (refused) {
    tell(say.noCamera, "no");
  }
}

function stop() {
  for (const track of camera.srcObject ? camera.srcObject.getTracks() : []) track.stop();
  camera.srcObject = null;
  show(false);
}

async function look(eye) {
  if (!camera.srcObject) return;
  try {
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [camera.videoWidth, camera.videoHeight];
    picture.getContext("2d").drawImage(camera, 0, 0);
    const [found] = await eye.detect(picture);
    if (found) take(found.rawValue, "scanned");
  } catch (blurred) {
    // the next look sees better
  }
  window.setTimeout(() => look(eye), LOOK);
}

document.querySelector("[data-typed]").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.querySelector("[name=who]");
  take(field.value, "typed");
  field.value = "";
  field.focus();
});
buttons.start.addEventListener("click", start);
buttons.stop.addEventListener("click", stop);
buttons.start.hidden = !(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
window.addEventListener("online", send);
window.addEventListener("pageshow", send);
window.setInterval(() => queue().length && send(), AGAIN);
keep(queue());
send();

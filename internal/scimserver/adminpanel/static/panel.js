// The panel works without this file. It adds copy buttons, the local time
// beside UTC, and the live log.
"use strict";

function show(root) {
  for (const element of root.querySelectorAll("[data-script]")) element.hidden = false;
}
show(document);

const said = document.getElementById("said");
function say(text) {
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = text; });
}

// Copying. The clipboard interface exists on https and localhost only; the old
// command works everywhere.
async function copy(input) {
  input.focus();
  input.select();
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(input.value);
      return true;
    } catch { /* refused: try the old way */ }
  }
  return document.execCommand("copy");
}

// On the document, so that rows which come later are served too.
const timers = new WeakMap();
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const word = button.querySelector(".word");
  word.dataset.before ??= word.textContent;
  const ok = await copy(document.getElementById(button.dataset.copy));
  button.focus();
  word.textContent = ok ? "Copied" : "Press Ctrl+C";
  say(ok ? button.dataset.said : "Copying was refused; the text is selected, press Ctrl+C");
  clearTimeout(timers.get(button));
  timers.set(button, setTimeout(() => { word.textContent = word.dataset.before; }, 2500));
});

// Local times.
const localTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
function addLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    time.dataset.local = "";
    if (at.getTimezoneOffset() === 0) continue;
    const local = document.createElement("span");
    local.className = "local";
    local.textContent = localTime.format(at);
    time.after(" ", local);
  }
}
addLocalTimes(document);

// The live log.
const live = document.getElementById("live");
if (live) {
  const maxRows = 300;
  const rows = document.getElementById("requests");
  const state = document.getElementById("live-state");
  const pause = document.getElementById("pause");
  let after = live.dataset.after;
  let stream = null;
  let fresh = 0;
  let telling = 0;

  const tellState = (name, text) => {
    live.dataset.state = name;
    state.textContent = text;
  };

  const tell = () => {
    telling = 0;
    say(fresh === 1 ? "1 new request" : fresh + " new requests");
    fresh = 0;
  };

  const add = (event) => {
    after = event.lastEventId;
    const template = document.createElement("template");
    template.innerHTML = event.data; // made and escaped by the server
    addLocalTimes(template.content);
    show(template.content);
    rows.querySelector(".nothing")?.remove();
    const row = template.content.querySelector("tr");
    row.classList.add("fresh");
    rows.prepend(row);
    while (rows.rows.length > maxRows) rows.lastElementChild.remove();
    fresh++;
    telling ||= setTimeout(tell, 2000); // a burst is told once
  };

  const start = () => {
    tellState("waiting", "Connecting …");
    pause.textContent = "Pause";
    stream = new EventSource("live?after=" + after + "&" + live.dataset.query);
    stream.addEventListener("open", () => tellState("on", "Live. New requests appear at the top."));
    stream.addEventListener("request", add);
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) {
        tellState("off", "The live view has ended. Load the page again.");
        stop();
      } else {
        tellState("waiting", "The server does not answer. Trying again …");
      }
    });
  };

  const stop = () => {
    stream?.close();
    stream = null;
    pause.textContent = "Resume";
  };

  pause.addEventListener("click", () => {
    if (stream) {
      stop();
      tellState("off", "Paused. Nothing is lost: the missing ones come when you resume.");
    } else {
      start();
    }
  });
  document.getElementById("again").hidden = true;
  start();
}

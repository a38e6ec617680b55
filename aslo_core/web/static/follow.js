// Follows what an attempt writes, on the page of a release that is being worked on. Without this, the page is loaded again by hand.
"use strict";

const RELOAD_MS = 1000; // after an attempt has ended; what follows from it has reached the page by then
const AGAIN_MS = 15000; // after a refusal, which an EventSource does not come back from by itself
const TRIES = 20;

function follow(log) {
  let after = log.dataset.after;
  let refusals = 0;
  let begun = false;

  function append(text) {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
    if (!begun) {
      // A line that was not complete when the page was made comes again, whole.
      log.textContent = log.textContent.slice(0, log.textContent.lastIndexOf("\n") + 1);
      begun = true;
    }
    log.append(text);
    if (atEnd) {
      log.scrollTop = log.scrollHeight;
    }
  }

  function open() {
    const stream = new EventSource(`${log.dataset.live}?after=${after}`);
    stream.addEventListener("message", (event) => {
      after = event.lastEventId;
      refusals = 0;
      append(event.data);
    });
    stream.addEventListener("end", (event) => {
      stream.close();
      append(event.data);
      setTimeout(() => location.reload(), RELOAD_MS);
    });
    stream.addEventListener("error", () => {
      refusals += 1;
      if (stream.readyState === EventSource.CLOSED && refusals < TRIES) {
        setTimeout(open, AGAIN_MS);
      }
    });
  }

  log.scrollTop = log.scrollHeight;
  open();
}

document.querySelectorAll("[data-live]").forEach(follow);

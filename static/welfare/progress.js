// Brings the figures of the hand-out up to date. Without this script they are those of the page as it was opened.
(function () {
  "use strict";
  const EVERY = 5000; // milliseconds
  const part = document.querySelector("[data-progress]");
  if (!part) return;

  async function renew() {
    if (document.hidden) return;
    try {
      const answer = await fetch(part.dataset.progress, { redirect: "error" });
      if (!answer.ok) return;
      const figures = await answer.json();
      for (const [name, figure] of Object.entries(figures)) {
        for (const place of document.querySelectorAll(`[data-figure="${name}"]`)) {
          if (place.textContent !== String(figure)) place.textContent = figure;
        }
      }
      const bar = part.querySelector("progress");
      bar.max = figures.people;
      bar.value = figures.done;
    } catch (unreachable) {
      // the next turn asks again
    }
  }

  document.addEventListener("handout:changed", renew);
  window.setInterval(renew, EVERY);
})();

// Brings what waits up to date: the part marked data-waiting is asked for again until it waits no more.
// Without this script the link inside it does the same by hand.
(function () {
  "use strict";
  const EVERY = 2000; // milliseconds

  async function renew() {
    const part = document.querySelector("[data-waiting]");
    if (!part) return;
    try {
      const answer = await fetch(window.location.href, { headers: { "X-Requested-With": "fetch" }, redirect: "error" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(part.id);
        if (fresh) part.replaceWith(document.importNode(fresh, true));
      }
    } catch (unreachable) {
      // the next turn asks again
    }
    window.setTimeout(renew, EVERY);
  }

  window.setTimeout(renew, EVERY);
})();

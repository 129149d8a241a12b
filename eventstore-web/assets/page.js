// What the pages do besides being read: new events as they come, copying, a keyboard shortcut. Everything else works without.
"use strict";

(() => {
  const REFRESH_MS = 500;
  const RECONNECT_MS = 2000;
  const MOST_ROWS = 500;
  let paused = false;
  let known = null;

  document.documentElement.classList.add("live");

  function listen(receive) {
    const worker = document.querySelector("meta[name=worker]").content;
    if (window.SharedWorker) {
      const shared = new SharedWorker(worker);
      shared.port.onmessage = (message) => receive(message.data);
      addEventListener("pagehide", () => shared.port.postMessage("leave"));
      addEventListener("pageshow", (event) => event.persisted && location.reload());
      return;
    }
    const source = new EventSource("live");
    source.addEventListener("state", (event) => receive({ connected: true, state: JSON.parse(event.data) }));
    source.onerror = () => {
      receive({ connected: false, state: null });
      // The browser connects again by itself unless the server has answered with an error.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(receive), RECONNECT_MS);
    };
  }

  function showStatus(connected, state) {
    const status = document.getElementById("status");
    let text = "";
    if (!connected) text = "There are no live updates: the server of this page does not answer. The page goes on by itself once it does.";
    else if (state && !state.is_up) text = `The storage does not answer: ${state.problem}. The page goes on by itself once it does.`;
    if (status.textContent !== text) status.textContent = text;
    status.hidden = text === "";
  }

  // At most one request at a time for each part, and at most one every REFRESH_MS.
  function paced(work) {
    let running = false;
    let again = false;
    return async function run() {
      if (running) {
        again = true;
        return;
      }
      running = true;
      do {
        again = false;
        try {
          await work();
        } catch (error) {
          // The status line tells of a server that does not answer; the next state starts this again.
          console.debug(error);
        }
        await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
      } while (again);
      running = false;
    };
  }

  async function fetchPart(address) {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    return response;
  }

  function rowsOf(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [...template.content.querySelectorAll("tr")];
  }

  function insert(body, rows) {
    for (const row of rows) {
      row.classList.add("new");
      if (body.dataset.order === "newest") body.prepend(row);
      else body.append(row);
    }
    while (body.rows.length > MOST_ROWS) {
      (body.dataset.order === "newest" ? body.lastElementChild : body.firstElementChild).remove();
    }
    const empty = document.getElementById("no-events");
    if (empty && rows.length > 0) empty.remove();
  }

  // The number that was seen last is in the address: who opens it again, or goes on after a pause, misses nothing.
  function remember(number) {
    const address = new URL(location.href);
    address.searchParams.set("live", "on");
    address.searchParams.set("from", number);
    history.replaceState(null, "", address);
  }

  function follow(body) {
    return paced(async () => {
      let more = true;
      while (more && !paused) {
        // The answer for an earlier end may be kept for a moment: it does not hold what has come since.
        const response = await fetchPart(`${body.dataset.live}${body.dataset.last}&head=${known ? known.head : 0}`);
        const rows = rowsOf(await response.text());
        if (paused) return;
        insert(body, rows);
        body.dataset.last = response.headers.get("X-Last");
        more = response.headers.get("X-More") === "true";
        if (rows.length > 0) remember(body.dataset.last);
      }
    });
  }

  function refresh(element) {
    return paced(async () => {
      const response = await fetchPart(element.dataset.refresh);
      const html = await response.text();
      if (!element.contains(document.activeElement)) element.innerHTML = html;
    });
  }

  const followers = [...document.querySelectorAll("tbody[data-live]")].map(follow);
  const refreshers = [...document.querySelectorAll("[data-refresh]")].map(refresh);

  listen(({ connected, state }) => {
    showStatus(connected, state);
    if (!connected || !state || !state.is_up) {
      known = null;
      return;
    }
    const hasGrown = known === null || known.head !== state.head;
    known = state;
    if (hasGrown) followers.forEach((run) => run());
    refreshers.forEach((run) => run());
  });

  const pause = document.getElementById("pause");
  if (pause) {
    pause.hidden = false;
    pause.addEventListener("click", () => {
      paused = !paused;
      pause.textContent = paused ? "Resume" : "Pause";
      pause.setAttribute("aria-pressed", String(paused));
      if (!paused) followers.forEach((run) => run());
    });
  }

  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    });
  }

  // Search as you type: the list follows the field, and the address follows the list.
  const search = document.querySelector("input[data-search]");
  if (search) {
    const list = document.getElementById(search.dataset.search);
    const find = paced(async () => {
      const address = new URL(location.href);
      address.searchParams.set("prefix", search.value);
      address.searchParams.delete("after");
      const part = new URL(search.dataset.part, address);
      part.searchParams.set("prefix", search.value);
      list.innerHTML = await (await fetchPart(part)).text();
      history.replaceState(null, "", address);
    });
    search.addEventListener("input", find);
  }

  addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      document.getElementById("go").focus();
    }
  });
})();

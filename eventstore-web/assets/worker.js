// One stream of server-sent events for all tabs of a browser: browsers open only six connections to an origin.
"use strict";

const RECONNECT_MS = 2000;
const ports = new Set();
let source = null;
let latest = null;

function tell(message) {
  latest = message;
  for (const port of ports) port.postMessage(message);
}

function open() {
  if (source) return;
  source = new EventSource("live");
  source.addEventListener("state", (event) => tell({ connected: true, state: JSON.parse(event.data) }));
  source.onerror = () => {
    tell({ connected: false, state: latest && latest.state });
    // The browser connects again by itself unless the server has answered with an error.
    if (source && source.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(() => ports.size > 0 && open(), RECONNECT_MS);
    }
  };
}

function leave(port) {
  ports.delete(port);
  if (ports.size === 0 && source) {
    source.close();
    source = null;
    latest = null;
  }
}

onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = (message) => message.data === "leave" && leave(port);
  if (latest) port.postMessage(latest);
  open();
};

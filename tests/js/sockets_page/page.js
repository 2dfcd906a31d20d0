// The page an SDK runs in: makes its object, calls it, and reports its events. `report` is the
// test's (sockets_page/browser_client.mjs).
'use strict';

const plain = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
let chat;

window.openSdk = function (name, options) {
  const api = window[name];
  chat = api.create(options);
  for (const [event, type] of Object.entries(api.EVENT)) {
    chat.on(type, (heard) => window.report('event', {
      name: event, data: plain(heard && heard.data), at: Date.now(),
    }));
  }
};

// What the call gives, or what an application reads of the error.
window.callSdk = async function (name, args) {
  try {
    return { value: plain(await chat[name](...args)) };
  } catch (error) {
    return { error: plain({ code: error.code, message: error.message, data: error.data }) };
  }
};

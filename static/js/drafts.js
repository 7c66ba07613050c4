// Typed text survives a sign-out, a closed tab and a refusal.
//
//   <form data-draft="case:…:decline" data-draft-url="…" data-draft-user="…"> … {% include "components/draft_status.html" %}
//
// The server renders what it kept and takes {key, fields} as JSON: 204 when kept. What it has not acknowledged stays in this tab
// (sessionStorage, under the user's id) and comes back when the same person opens the same form. A submit is never held up; what
// was submitted is forgotten when the next page shows that it arrived: signed in, and not marked with data-keep-drafts.
"use strict";
(() => {
  const user = document.body.dataset.user || "";
  const name = (form) => `draft:${form.dataset.draftUser}:${form.dataset.draft}`;
  const KINDS = ["text", "email", "tel", "number", "date"].map((kind) => `, input[name][type=${kind}]`).join("");
  const TEXT = `textarea[name], input[name]:not([type])${KINDS}`;
  const textFields = (form) => [...form.querySelectorAll(TEXT)];
  const read = (form) => Object.fromEntries(textFields(form).map((field) => [field.name, field.value]));

  const keep = (form, entry) => {
    try {
      sessionStorage.setItem(name(form), JSON.stringify(entry));
    } catch {
      // The tab's store is full or closed to us: the server's copy is then the only one.
    }
  };
  const kept = (key) => {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  };

  // What was submitted from this tab: arrived, or thrown back by a sign-in page or a refusal?
  const thrownBack = !user || document.querySelector("[data-keep-drafts]");
  for (const key of Object.keys(sessionStorage).filter((key) => key.startsWith("draft:"))) {
    const entry = kept(key);
    if (!entry || !entry.sent) continue;
    if (thrownBack) sessionStorage.setItem(key, JSON.stringify({ fields: entry.fields }));
    else sessionStorage.removeItem(key);
  }

  const follow = (form) => {
    const status = form.querySelector("[data-draft-status]");
    const say = (what) => {
      if (!status) return;
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      status.textContent = (status.dataset[what] || "").replace("{time}", time);
    };
    let timer = 0;
    let dirty = false;
    let submitted = false;
    let sending = null;

    const save = async (leaving) => {
      clearTimeout(timer);
      if (!dirty || submitted) return;
      dirty = false;
      sending?.abort();
      sending = new AbortController();
      const body = JSON.stringify({ key: form.dataset.draft, fields: read(form) });
      try {
        const answer = await fetch(form.dataset.draftUrl, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
          body,
          credentials: "same-origin",
          redirect: "manual",
          keepalive: leaving && body.length < 60000,
          signal: sending.signal,
        });
        if (answer.status === 204) {
          if (!dirty) sessionStorage.removeItem(name(form));
          say("saved");
        } else say(answer.type === "opaqueredirect" || [401, 403].includes(answer.status) ? "signedOut" : "unsaved");
      } catch (error) {
        if (error.name !== "AbortError") say("unsaved");
      }
    };

    const before = kept(name(form));
    if (before && form.dataset.draftUser === user) {
      for (const field of textFields(form)) {
        if (typeof before.fields[field.name] === "string") field.value = before.fields[field.name];
      }
      const folded = form.closest("details");
      if (folded && Object.values(before.fields).some(Boolean)) folded.open = true;
      dirty = true;
      save(false).then(() => say("restored"));
    }

    form.addEventListener("input", (event) => {
      if (!event.target.matches(TEXT)) return;
      dirty = true;
      keep(form, { fields: read(form) });
      clearTimeout(timer);
      timer = setTimeout(save, 400, false);
    });
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      submitted = true;
      clearTimeout(timer);
      sending?.abort();
      keep(form, { fields: read(form), sent: true });
    });
    addEventListener("pagehide", () => save(true));
    addEventListener("pageshow", () => (submitted = false));
  };
  document.querySelectorAll("form[data-draft]").forEach(follow);
})();

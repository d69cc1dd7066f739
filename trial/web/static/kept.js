// Keeps what is being typed into a page, every few seconds and when the page is left, so that a closed tab loses
// nothing. It is sealed on the server and is no record: only its button saves a page.

const EVERY = 4000;
const LARGEST_LEAVING = 60_000;
const NEVER = ["password", "file", "submit", "button", "search"];

for (const form of document.querySelectorAll('main[data-keeps-typed] form[method="post"]')) {
  if (isKept(form)) watch(form);
}

// A page that asks something, sends it to its own address, and asks for no password.
function isKept(form) {
  const boxes = [...form.elements].filter((one) => one.name && !["hidden", ...NEVER].includes(one.type));
  const own = new URL(form.action).pathname === location.pathname;
  const offered = document.querySelector("[data-typed-offered]");
  return own && !offered && boxes.length > 0 && token(form) && !form.querySelector('[type="password"]');
}

function token(form) {
  return form.querySelector('input[name$="csrf_token"]')?.value;
}

function watch(form) {
  // A page that came back with something to put right holds what was typed already.
  let changed = document.querySelector(".govuk-error-summary") !== null;
  let sending = null;
  const timer = setInterval(() => keep(false), EVERY);
  form.addEventListener("input", () => {
    changed = true;
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    changed = false;
    clearInterval(timer);
    sending?.abort();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep(true);
  });

  function keep(leaving) {
    if (!changed) return;
    const told = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !name.endsWith("csrf_token")) told.append(name, value);
    }
    const tooLong = leaving && told.toString().length > LARGEST_LEAVING;
    if (tooLong) return;
    changed = false;
    sending = new AbortController();
    fetch(`/typed?place=${encodeURIComponent(location.pathname + location.search)}`, {
      method: "POST",
      headers: { "X-CSRFToken": token(form) },
      body: told,
      redirect: "manual",
      keepalive: leaving,
      signal: leaving ? undefined : sending.signal,
    }).catch(() => {
      // The line is down, or the page is being saved: what is typed is kept the next time.
      changed = true;
    });
  }
}

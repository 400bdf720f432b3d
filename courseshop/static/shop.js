// Progressive enhancement of pages that work without JavaScript.
"use strict";

// --- Parts of a page -------------------------------------------------------------------------

// A form or link with data-swap="#part #other" loads its page in the background and takes these
// parts from it. A response without the first part is another page, such as the login: go there.
// data-push puts the response's URL into the address bar; data-omit names a field not to submit.
function swapParts() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap], a[data-more]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (link.dataset.more) showMoreItems(link);
    else swap(link, link.href);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const source = event.submitter?.dataset.swap ? event.submitter : form;
    if (!source.dataset.swap) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    data.delete(form.dataset.omit);
    const body = new URLSearchParams(data);
    const url = new URL(event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action);
    if (form.method === "post") swap(source, url, { method: "POST", body }, event.submitter);
    else swap(source, Object.assign(url, { search: body }));
  });
  // A link to a part of the page also changes the history, but not the page.
  window.addEventListener("popstate", () => address() !== shown && location.reload());
}

// The page that is shown, without the part of it.
const address = () => location.pathname + location.search;
let shown = address();

async function swap(source, url, options, submitter) {
  if (source.getAttribute("aria-busy")) return;
  source.setAttribute("aria-busy", "true");
  const parts = source.dataset.swap.split(" ");
  try {
    const { page, response } = await load(url, options);
    const part = page.querySelector(parts[0]);
    // What is wrong may be shown elsewhere on the page.
    if (part && (response.ok || part.querySelector("[autofocus]"))) show(page, parts, response, source);
    else if (response.ok) location.assign(response.url);
    else throw new Error(response.status);
  } catch {
    // The page that loads then shows what is wrong.
    if (source.href) location.assign(source.href);
    else submitWithoutSwap(source, submitter);
  } finally {
    source.removeAttribute("aria-busy");
  }
}

async function load(url, options) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, ...options });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { page, response };
}

function submitWithoutSwap(source, submitter) {
  source.removeAttribute("data-swap");
  (source.form ?? source).requestSubmit(submitter);
}

// Replace parts by those of another page. Live regions stay, and get the new contents, because
// screen readers announce only changes.
function show(page, parts, response, source) {
  const focused = document.activeElement?.id;
  const sheet = document.querySelector(":popover-open")?.id;
  const replaced = [];
  for (const part of parts) {
    for (const old of document.querySelectorAll(part)) {
      const fresh = old.id ? page.getElementById(old.id) : page.querySelector(part);
      if (!fresh) continue;
      // Browsers complain about autofocus in a page that has a focus already.
      for (const one of fresh.querySelectorAll("[autofocus]")) {
        one.removeAttribute("autofocus");
        one.dataset.focus = "";
      }
      if (old.matches("[aria-live]")) old.replaceChildren(...fresh.childNodes);
      else old.replaceWith(fresh);
      replaced.push(fresh);
    }
  }
  replaced.forEach(enhance);
  limitComparison();
  if (sheet) document.getElementById(sheet)?.showPopover();
  const { pathname } = new URL(response.url);
  const pushes = source.hasAttribute("data-push");
  if (pushes) history.pushState(null, "", response.url);
  else if (pathname === location.pathname) history.replaceState(null, "", response.url);
  shown = address();
  // The response of a vote is the page of the review, but the address remains.
  if (pushes || pathname === location.pathname) document.title = page.title;
  moveFocus(replaced[0], focused);
  if (source.rel === "next" || source.rel === "prev") replaced[0].scrollIntoView();
  const said = replaced[0].querySelector("[data-said]");
  if (said) document.getElementById("said").textContent = said.textContent;
}

// Move the focus to what is wrong with a form, to what the form made, to the same control in the
// new part, or to the part: the next Tab continues from there, not from the top of the page.
function moveFocus(part, focused) {
  const wrong = part.querySelector("[data-focus]");
  const made = document.getElementById(part.dataset.made);
  if (wrong || made) (wrong ?? made).focus();
  else if (document.activeElement === document.body)
    (document.getElementById(focused) ?? part).focus({ preventScroll: true });
}

// A link with data-more="#list" is replaced by the items of that list on the next page.
async function showMoreItems(link) {
  try {
    const { page } = await load(link.href);
    const items = [...page.querySelector(link.dataset.more).children];
    // Below a course, the reviews are not the page.
    if (new URL(link.href).pathname === location.pathname) {
      history.pushState(null, "", link.href);
      shown = address();
    }
    link.closest("[data-end]").replaceWith(...items);
    items.forEach(enhance);
    items[0].tabIndex = -1;
    items[0].focus();
  } catch {
    location.assign(link.href);
  }
}

// --- Fields and buttons ----------------------------------------------------------------------

// Suggest titles while a user types in the search field.
function suggestTitles() {
  let timer;
  document.addEventListener("input", ({ target }) => {
    if (!target.dataset?.suggestions) return;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const url = `${target.dataset.suggestions}?${new URLSearchParams({ q: target.value })}`;
      const response = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!response?.ok) return;
      const { items } = await response.json();
      target.list.replaceChildren(...items.map(({ title }) => new Option("", title)));
    }, 200);
  });
}

// A control with data-send submits its form when it changes.
function sendChanges() {
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-send]")) target.form.requestSubmit();
  });
}

// A button with data-remove=".block" removes the block around it.
function removeBlocks() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-remove]");
    button?.closest(button.dataset.remove).remove();
  });
}

// Move the focus into a dialog that opens; the browser moves it back when the dialog closes.
function focusDialogs() {
  const focus = ({ target, newState }) =>
    newState === "open" && target.matches("[role=dialog]") && target.querySelector("button").focus();
  document.addEventListener("toggle", focus, { capture: true });
}

function copyLinks(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const label = button.querySelector("span");
    button.addEventListener("click", async () => {
      const before = label.textContent;
      try {
        await navigator.clipboard.writeText(field.value);
        label.textContent = button.dataset.copied;
      } catch {
        // Without permission or HTTPS: select the text, so that the user can copy it.
        field.select();
        label.textContent = button.dataset.failed;
      }
      setTimeout(() => (label.textContent = before), 3000);
    });
  }
}

function shareWithDevice(root) {
  if (!navigator.share) return;
  for (const button of root.querySelectorAll(".device")) {
    const { title, text, url } = button.dataset;
    button.hidden = false;
    button.addEventListener("click", () => navigator.share({ title, text, url }).catch(() => {}));
  }
}

// Show a character count below a text area. Screen readers do not announce it: that would disturb.
function countCharacters(root) {
  for (const field of root.querySelectorAll("[data-count]")) {
    const count = document.createElement("small");
    count.className = "count";
    const show = () => {
      count.textContent = field.dataset.count
        .replace("${typed}", field.value.length.toLocaleString(document.documentElement.lang))
        .replace("${most}", field.maxLength.toLocaleString(document.documentElement.lang));
    };
    field.addEventListener("input", show);
    show();
    field.after(count);
  }
}

// Ask before a page with unsaved changes is left.
function keepUnsavedChanges(root) {
  for (const form of root.querySelectorAll("form[data-unsaved]")) {
    let changed = false;
    const note = form.querySelector(form.dataset.unsaved);
    form.addEventListener("input", () => {
      changed = true;
      if (note) note.hidden = false;
    });
    form.addEventListener("submit", () => (changed = false));
    window.addEventListener("beforeunload", (event) => changed && event.preventDefault());
  }
}

// --- Blocks of a page ------------------------------------------------------------------------

// Replace "Show More" with a button that reports its state to screen readers; the state is stored
// until the browser tab is closed.
function showMore(root) {
  for (const more of root.querySelectorAll("details.more")) {
    const text = more.parentElement.querySelector(".text");
    const key = `more ${location.pathname}`;
    if (text.scrollHeight <= text.clientHeight + 40) {
      more.remove();
      continue;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small more-button";
    button.setAttribute("aria-controls", text.id);
    const show = (open) => {
      more.open = open;
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? more.dataset.less : more.dataset.more;
    };
    button.addEventListener("click", () => {
      show(!more.open);
      sessionStorage.setItem(key, more.open ? "open" : "");
    });
    show(sessionStorage.getItem(key) === "open");
    more.hidden = true;
    text.after(button);
  }
}

// A link to a part that can be opened opens it; browsers do so only for what is inside such a part.
function openTargets() {
  const open = (hash) => {
    const part = hash && document.getElementById(hash.slice(1))?.closest("details");
    if (part) part.open = true;
  };
  document.addEventListener("click", ({ target }) => open(target.closest("a[href^='#']")?.hash));
  window.addEventListener("hashchange", () => open(location.hash));
  open(location.hash);
}

// On narrow screens, links beside each other scroll: show the one of the current page.
function showCurrentLink(root) {
  for (const link of root.querySelectorAll(":is(.side-nav, .tabs) [aria-current]")) {
    const strip = link.closest("nav");
    const center = ({ left, width }) => left + width / 2;
    strip.scrollLeft += center(link.getBoundingClientRect()) - center(strip.getBoundingClientRect());
  }
}

// Reorder wishes by drag and drop. The position is submitted by the form of the arrow buttons.
function dragWishes(root) {
  let dragged = null;
  for (const row of root.querySelectorAll(".wishes > li:has(.order)")) {
    row.draggable = true;
    row.addEventListener("dragstart", () => (dragged = row));
    row.addEventListener("dragover", (event) => {
      if (dragged) event.preventDefault();
    });
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!dragged || dragged === row) return;
      const place = document.createElement("input");
      Object.assign(place, { type: "hidden", name: "position", value: [...row.parentElement.children].indexOf(row) + 1 });
      const form = dragged.querySelector(".order");
      form.append(place);
      form.submit();
    });
  }
}

// Screen readers announce changes of a live region, not what a page begins with: put the notice of a
// new page into its region once more.
function announceNotice() {
  const region = document.getElementById("notice");
  const lines = [...region.children];
  // Another notice may have replaced this one meanwhile.
  setTimeout(() => lines[0]?.isConnected && region.replaceChildren(...lines), 200);
}

// Recently viewed courses (URL, title, time) in localStorage. Reading never fails: if the storage is
// missing, full, blocked by a private window or written by others, invalid entries are left out.
const recent = {
  most: 8,
  days: 30,
  // Several shops may share an origin.
  key: `recently viewed ${document.querySelector(".brand")?.href}`,
  read() {
    const oldest = Date.now() - recent.days * 86_400_000;
    const here = ({ url, title, at }) =>
      typeof title === "string" && at > oldest && new URL(url).origin === location.origin;
    try {
      return JSON.parse(localStorage.getItem(recent.key)).filter(here).slice(0, recent.most);
    } catch {
      return [];
    }
  },
  write(courses) {
    try {
      localStorage.setItem(recent.key, JSON.stringify(courses));
    } catch {
      // Without storage, nothing is remembered.
    }
  },
};

// Every page removes its own URL from the list, and a course page adds it again. So a course that no
// longer exists disappears from the list as soon as the user opens it.
function showRecent(root) {
  const here = location.origin + location.pathname;
  const others = recent.read().filter(({ url }) => url !== here);
  const block = root.querySelector(".recent");
  const { title, url } = block?.dataset ?? {};
  recent.write(title ? [{ url, title, at: Date.now() }, ...others].slice(0, recent.most) : others);
  if (!block || !others.length) return;
  const list = block.querySelector("ul");
  for (const course of others) {
    const link = document.createElement("a");
    // As text, not as HTML: titles are user input.
    Object.assign(link, { href: course.url, textContent: course.title, className: "chip" });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  block.querySelector("button").addEventListener("click", ({ target }) => {
    recent.write([]);
    const said = block.querySelector("[data-cleared]");
    said.textContent = said.dataset.cleared;
    list.remove();
    target.remove();
    block.querySelector("h2").focus();
  });
  block.hidden = false;
}

// Once as many courses are selected as can be compared, the other checkboxes are disabled.
function limitComparison() {
  const form = document.querySelector("form[data-most]");
  const boxes = [...(form?.elements ?? [])].filter((one) => one.type === "checkbox");
  const full = boxes.filter((box) => box.checked).length >= Number(form?.dataset.most);
  for (const box of boxes) box.disabled = full && !box.checked;
}

function watchComparison() {
  document.addEventListener("change", limitComparison);
  // A reset event comes before the reset.
  document.addEventListener("reset", () => setTimeout(limitComparison));
  // After Back, the browser may have ticked checkboxes again.
  window.addEventListener("pageshow", limitComparison);
}

function enhance(root) {
  for (const one of [copyLinks, shareWithDevice, showMore, countCharacters, keepUnsavedChanges, showCurrentLink, dragWishes]) one(root);
}

document.documentElement.classList.add("js");
for (const start of [swapParts, suggestTitles, sendChanges, removeBlocks, focusDialogs, watchComparison, announceNotice, openTargets]) start();
showRecent(document);
enhance(document);

// What scripts add to pages that work without them: a dialog, copying, sharing, "Show More", what
// was viewed.
"use strict";

// A link with data-dialog="ID" opens that dialog in place of its page.
function openDialogs(root) {
  for (const link of root.querySelectorAll("[data-dialog]")) {
    const dialog = document.getElementById(link.dataset.dialog);
    link.setAttribute("aria-haspopup", "dialog");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      dialog.showModal();
    });
    // It is a button now, and a button answers to the space bar too.
    link.addEventListener("keydown", (event) => {
      if (event.key === " ") {
        event.preventDefault();
        link.click();
      }
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }
}

function copyLinks(root) {
  for (const button of root.querySelectorAll(".copy")) {
    const box = button.closest(".page-link");
    const field = box.querySelector("input");
    const said = box.querySelector(".said");
    button.hidden = false;
    button.addEventListener("click", async () => {
      // Emptied first, so that a second copy is read aloud too.
      said.textContent = "";
      try {
        await navigator.clipboard.writeText(field.value);
        said.textContent = button.dataset.copied;
      } catch {
        // Without permission, or without https: the text is selected, ready to be copied.
        field.select();
        said.textContent = button.dataset.failed;
      }
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

// The summary of "Show More" says whether it is expanded; the choice is kept for coming back.
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
    button.className = "outline more-button";
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

// Says below a text how much of its room is used, for the eyes: read aloud it would disturb.
function countCharacters(root) {
  for (const field of root.querySelectorAll("textarea[data-count]")) {
    if (field.nextElementSibling?.matches(".count")) continue;
    const count = document.createElement("small");
    count.className = "count";
    const show = () => {
      count.textContent = field.dataset.count
        .replace("${typed}", field.value.length)
        .replace("${most}", field.maxLength);
    };
    field.addEventListener("input", show);
    show();
    field.after(count);
  }
}

// The first of the reviews that "More reviews" brought takes the focus that its link had.
function moveFocusToNewReviews() {
  let last = null;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.matches(".more-reviews")) last = detail.target.previousElementSibling;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const first = last?.nextElementSibling;
    last = null;
    if (!first) return;
    first.tabIndex = -1;
    first.focus();
  });
}

// Wishes can be dragged to their place: it is sent by the form that the arrows send.
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

// Where what had the focus is not there any more, the block that replaced it has it: the next tab
// leads on from there, not from the top of the page.
function keepFocus() {
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const block = document.getElementById(detail.target?.id);
    if (document.activeElement === document.body && block?.tabIndex === -1) block.focus({ preventScroll: true });
  });
}

// What cannot be loaded in place is followed as the link that it is, or sent as the form: the page
// that comes then says what is wrong.
function followWhatFails() {
  for (const name of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(name, ({ detail }) => {
      if (detail.elt.href) location.assign(detail.elt.href);
      if (detail.elt.matches("button") && detail.elt.form) detail.elt.form.requestSubmit(detail.elt);
      // Not requestSubmit, which htmx would take for another try.
      if (detail.elt.matches("form")) detail.elt.submit();
    });
  }
}

// An answer without the part that was asked for is another page, such as the one to log in: go
// there, or the part that is shown, and what was typed in it, would be replaced by nothing.
function followOtherPages() {
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const part = detail.requestConfig.elt.getAttribute("hx-select");
    if (!part || !detail.shouldSwap) return;
    const page = new DOMParser().parseFromString(detail.serverResponse, "text/html");
    if (page.querySelector(part)) return;
    detail.shouldSwap = false;
    location.assign(detail.xhr.responseURL);
  });
}

// What this browser remembers of courses: address, title, when. Whatever the storage does (none, full,
// closed by a private window, written by others) it is a list of what can be shown.
const recent = {
  most: 8,
  days: 30,
  // Two shops may share a host.
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
      // Then nothing is remembered.
    }
  },
};

// Every page forgets its own address, and the page of a course remembers it anew: so one that is not
// there any more is forgotten by whoever finds that out.
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
    // As text: a title is anything that somebody wrote.
    Object.assign(link, { href: course.url, textContent: course.title });
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

moveFocusToNewReviews();
keepFocus();
followWhatFails();
followOtherPages();
document.addEventListener("htmx:load", ({ detail }) => countCharacters(detail.elt));
for (const enhance of [openDialogs, copyLinks, shareWithDevice, showMore, countCharacters, dragWishes, showRecent]) enhance(document);

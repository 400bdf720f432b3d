// Progressive enhancement of pages that work without JavaScript: the dialog, copying, sharing,
// "Show More", recently viewed courses.
"use strict";

// A link with data-dialog="ID" opens that dialog instead of its page.
function openDialogs(root) {
  for (const link of root.querySelectorAll("[data-dialog]")) {
    const dialog = document.getElementById(link.dataset.dialog);
    link.setAttribute("aria-haspopup", "dialog");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      dialog.showModal();
    });
    // The link now acts as a button, and the space bar activates buttons, too.
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
    const box = button.closest(".copy-box");
    const field = box.querySelector("input");
    const said = box.querySelector("output");
    button.hidden = false;
    button.addEventListener("click", async () => {
      // Clear it first, so that screen readers announce a second copy, too.
      said.textContent = "";
      try {
        await navigator.clipboard.writeText(field.value);
        said.textContent = button.dataset.copied;
      } catch {
        // Without permission or HTTPS: select the text, so that the user can copy it.
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

// Show a character count below a text area. Screen readers do not announce it: that would disturb.
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

// After "More reviews", move the focus from the link to the first new review.
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

// After a form, move the focus to what it made, which the new block names. Otherwise, if the focused
// element was replaced, move it to the new block, so that the next Tab continues from there, not from
// the top of the page.
function keepFocus() {
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const block = document.getElementById(detail.target?.id);
    const made = detail.requestConfig?.verb === "post" && document.getElementById(block?.dataset.made);
    if (made) made.focus();
    else if (document.activeElement === document.body && block?.tabIndex === -1) block.focus({ preventScroll: true });
  });
}

// Screen readers announce changes of a live region, not what a page begins with: put the notice of a
// new page into its region once more.
function announceNotice(root) {
  const region = root.querySelector("#notice");
  const lines = [...region.children];
  // Another notice may have replaced this one meanwhile.
  setTimeout(() => lines[0]?.isConnected && region.replaceChildren(...lines), 200);
}

// If an htmx request fails, follow the link or submit the form without htmx: the page that loads
// then shows the error.
function followWhatFails() {
  for (const name of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(name, ({ detail }) => {
      if (detail.elt.href) location.assign(detail.elt.href);
      if (detail.elt.matches("button") && detail.elt.form) detail.elt.form.requestSubmit(detail.elt);
      // Not requestSubmit, whose event htmx would handle again.
      if (detail.elt.matches("form")) detail.elt.submit();
    });
  }
}

// A response without the selected part is another page, such as the login: go there, because a swap
// would remove the current part and the text typed in it.
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

// Once as many courses are selected as can be compared, the other checkboxes are disabled.
function limitComparison(root) {
  const form = root.querySelector("form[data-most]");
  if (!form) return;
  const boxes = () => [...form.elements].filter((one) => one.type === "checkbox");
  const limit = () => {
    const full = boxes().filter((box) => box.checked).length >= Number(form.dataset.most);
    for (const box of boxes()) box.disabled = full && !box.checked;
  };
  document.addEventListener("change", ({ target }) => target.form === form && limit());
  // After Back, the browser may have ticked checkboxes again.
  window.addEventListener("pageshow", limit);
  limit();
}

moveFocusToNewReviews();
keepFocus();
followWhatFails();
followOtherPages();
document.addEventListener("htmx:load", ({ detail }) => countCharacters(detail.elt));
for (const enhance of [openDialogs, copyLinks, shareWithDevice, showMore, countCharacters, dragWishes, limitComparison, showRecent, announceNotice]) enhance(document);

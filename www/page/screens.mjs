// The screens of the wallet: home, sign, security, receipts, fault lab. The fragment of the address names the one that is shown.

const FIRST = "home";

/** Shows the screen that the address names, and shows another one as soon as it names that. */
export function followAddress() {
  addEventListener("hashchange", () => {
    showScreen();
    heading().focus({ preventScroll: true });
    scrollTo(0, 0);
  });
}

/** Shows the screen that the address names, or the first one, and marks its link. */
export function showScreen() {
  const named = location.hash.slice(1);
  const screens = [...document.querySelectorAll("[data-screen]")];
  const shown = screens.some(({ dataset }) => dataset.screen === named) ? named : FIRST;
  for (const screen of screens) screen.hidden = screen.dataset.screen !== shown;
  for (const link of document.querySelectorAll("#tabs a")) {
    if (link.hash === `#${shown}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.body.dataset.shown = shown;
}

/** Goes back to the first screen. Nothing is shown by it: `showScreen` does that. */
export function leaveScreens() {
  history.replaceState(null, "", location.pathname);
}

/** The heading of the screen that is shown. */
export const heading = () => document.querySelector("[data-screen]:not([hidden]) h1");

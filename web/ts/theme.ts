// Sets the chosen appearance before anything is drawn. Loaded as a classic
// script in the head, so it imports nothing.
const chosen = (() => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
})();
if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;

// Dark or light as the system wishes, until the button is pressed.

export function wireThemeButton(onChange = () => {}) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  document.getElementById("theme").onclick = () => {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark"
      : system.matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    onChange();
  };
  system.addEventListener("change", onChange);
}

// Dark or light: dark unless the reader chose otherwise, the system's preference only where he chose that. Images stand on black in both.
import { effect, signal } from "@preact/signals";

export const themes = ["dark", "light", "system"] as const;
export type Theme = (typeof themes)[number];

const KEY = "dens.theme";
export const theme = signal<Theme>("dark");
const prefersLight = matchMedia("(prefers-color-scheme: light)");
const systemIsLight = signal(prefersLight.matches);

export function startTheme(): void {
  const kept = localStorage.getItem(KEY);
  theme.value = themes.find((name) => name === kept) ?? "dark";
  prefersLight.addEventListener("change", (event) => (systemIsLight.value = event.matches));
  effect(() => {
    const light = theme.value === "light" || (theme.value === "system" && systemIsLight.value);
    const root = document.documentElement;
    root.dataset["theme"] = light ? "light" : "dark";
    root.classList.toggle("sl-theme-dark", !light);
    root.classList.toggle("sl-theme-light", light);
  });
}

export function nextTheme(): Theme {
  return themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "dark";
}

export function setTheme(wanted: Theme): void {
  theme.value = wanted;
  localStorage.setItem(KEY, wanted);
}

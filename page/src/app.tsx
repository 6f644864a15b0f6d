// The frame: the bar with the places, and the place that is open.
import { BookOpen, Brain, GraduationCap, History, Languages, Monitor, Moon, Sun, X } from "lucide-preact";
import { lazy, Suspense } from "preact/compat";

import { type Key, language, setLanguage, t } from "./i18n";
import { addressOf, type Place, places, route } from "./state/route";
import { about, notice, offline } from "./state/session";
import { nextTheme, setTheme, type Theme, theme } from "./state/theme";
import { Room } from "./views/room";

const Atlas = lazy(() => import("./views/atlas").then((m) => m.Atlas));
const Quiz = lazy(() => import("./views/quiz").then((m) => m.Quiz));
const FollowUp = lazy(() => import("./views/followup").then((m) => m.FollowUp));

const icons: Record<Place, typeof Brain> = { room: Brain, atlas: BookOpen, quiz: GraduationCap, followup: History };

const themeIcons: Record<Theme, typeof Moon> = { dark: Moon, light: Sun, system: Monitor };

/** Goes round: dark, light, as the system has it. */
function ThemeKey() {
  const Icon = themeIcons[theme.value];
  const told = t("bar.theme", { now: t(`bar.theme.${theme.value}`), next: t(`bar.theme.${nextTheme()}`) });
  return (
    <button type="button" class="ghost" data-action="theme" data-chosen={theme.value} aria-label={told} title={told} onClick={() => setTheme(nextTheme())}>
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}

function TopBar() {
  return (
    <header class="topbar">
      <a class="brand" href="#/room" aria-label="dens">
        <img src="/mark.svg" alt="" width="22" height="22" />
        <span>dens</span>
      </a>
      <nav aria-label={t("nav.label")}>
        {places.map((place) => {
          const Icon = icons[place];
          return (
            <a key={place} href={addressOf(place)} aria-current={route.value.place === place ? "page" : undefined} data-place={place}>
              <Icon size={16} aria-hidden="true" />
              {t(`nav.${place}` as Key)}
            </a>
          );
        })}
      </nav>
      <span class="grow" />
      <span class="quiet version">{about.value ? t("bar.version", { version: about.value.version }) : ""}</span>
      <ThemeKey />
      <button type="button" class="ghost" data-action="language" aria-label={t("bar.language")} onClick={() => setLanguage(language.value === "en" ? "zh" : "en")}>
        <Languages size={16} aria-hidden="true" />
        {language.value === "en" ? "中文" : "English"}
      </button>
    </header>
  );
}

function Notices() {
  const told = notice.value;
  return (
    <div class="notices" role="status" aria-live="polite">
      {offline.value && <p class="notice offline">{t("notice.offline")}</p>}
      {told && (
        <p class={`notice ${told.kind}`} data-notice={told.kind}>
          {told.text}
          <button type="button" class="ghost" aria-label={t("notice.close")} onClick={() => (notice.value = null)}>
            <X size={14} aria-hidden="true" />
          </button>
        </p>
      )}
    </div>
  );
}

function Here() {
  switch (route.value.place) {
    case "atlas":
      return <Atlas />;
    case "quiz":
      return <Quiz />;
    case "followup":
      return <FollowUp />;
    case "room":
      return <Room />;
  }
}

export function App() {
  return (
    <div class="app">
      <TopBar />
      <Notices />
      <Suspense fallback={<main class="waiting" aria-busy="true" />}>
        <Here />
      </Suspense>
    </div>
  );
}

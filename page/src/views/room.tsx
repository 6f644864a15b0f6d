// The reading room: series and levels on the left, the viewer in the middle, what is read and what follows on the right.
import { signal } from "@preact/signals";
import { PanelRightClose, PanelRightOpen } from "lucide-preact";
import { lazy, Suspense } from "preact/compat";

import { type Key, t } from "../i18n";
import { route, setQuery } from "../state/route";
import { study } from "../state/study";
import { AlwaysInSight } from "./insight";
import { Worklist } from "./worklist";

const Viewer = lazy(() => import("./viewer").then((m) => m.Viewer)); // with NiiVue: only once there is a study
const Read = lazy(() => import("./read").then((m) => m.Read));
const Differential = lazy(() => import("./differential").then((m) => m.Differential));
const Report = lazy(() => import("./report").then((m) => m.Report));

const tabs = ["read", "differential", "report"] as const;
type Tab = (typeof tabs)[number];
/** The right panel takes the place of the images: for reports and comparisons. */
const wide = signal(false);
export const seriesPanelOpen = signal(true);

function currentTab(): Tab {
  return tabs.find((tab) => tab === route.value.query.get("tab")) ?? "read";
}

function onTabKey(event: KeyboardEvent): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? tabs.length - 1 : 0;
  if (step) {
    const next = tabs[(tabs.indexOf(currentTab()) + step) % tabs.length] as Tab;
    setQuery({ tab: next });
    document.getElementById(`tab-${next}`)?.focus();
  }
}

function Tabs() {
  const here = currentTab();
  return (
    <>
      <div class="tab-row">
      <div class="tabs" role="tablist" aria-label={t("room.tabs")} onKeyDown={onTabKey}>
        {tabs.map((tab) => (
          <button
            key={tab}
            id={`tab-${tab}`}
            type="button"
            role="tab"
            aria-selected={tab === here}
            aria-controls="panel"
            tabIndex={tab === here ? 0 : -1}
            onClick={() => setQuery({ tab })}
          >
            {t(`room.${tab}` as Key)}
          </button>
        ))}
      </div>
        <button type="button" class="icon" data-action="wide" aria-pressed={wide.value} aria-label={t("room.wide")} title={t(wide.value ? "room.narrow" : "room.wide")} onClick={() => (wide.value = !wide.value)}>
          {wide.value ? <PanelRightClose size={16} aria-hidden="true" /> : <PanelRightOpen size={16} aria-hidden="true" />}
        </button>
      </div>
      <section id="panel" class="panel" role="tabpanel" aria-labelledby={`tab-${here}`} tabIndex={0}>
        <Suspense fallback={<div aria-busy="true" />}>
          {here === "read" ? <Read /> : here === "differential" ? <Differential /> : <Report />}
        </Suspense>
      </section>
    </>
  );
}

export function Room() {
  return (
    <main class={wide.value ? "room wide" : "room"}>
      <aside class="left" aria-label={t("room.series")}>
        <Worklist />
      </aside>
      <section class="middle sl-theme-dark" aria-label={t("room.viewer")}>
        {study.value ? (
          <Suspense fallback={<div class="waiting" aria-busy="true" />}>
            <Viewer />
          </Suspense>
        ) : (
          <p class="empty">{t("room.empty")}</p>
        )}
      </section>
      <section class="right" aria-label={t("room.reading")}>
        <AlwaysInSight />
        <Tabs />
      </section>
    </main>
  );
}

// The reading form: patient and examinations first, then what would move this answer most, then the checklist by modality.
import { ChevronRight, FilePlus2, Redo2, Search, Undo2 } from "lucide-preact";
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { type Key, t } from "../i18n";
import { say, sayFirst } from "../i18n/said";
import { checklist, isReadable, progress, search, type Section } from "../reading/checklist";
import { canRedo, canUndo, current, newCase, redo, saveState, settle, undo } from "../state/case";
import { wantsQuestions } from "../state/live";
import { findings, tell, vocabulary } from "../state/session";
import { Examinations } from "./read/examinations";
import { FindingRow } from "./read/finding";
import { Measure, ToConfirm } from "./read/measure";
import { Questions } from "./read/questions";
import "../style/read.css";

const sought = signal("");
const asksForNew = signal(false);
/** The sections that are open: kept while the tab changes. */
const open = signal<ReadonlySet<string>>(new Set());

function SaveState() {
  return (
    <span class={`save ${saveState.value}`} data-save={saveState.value} role="status">
      {t(`save.${saveState.value}` as Key)}
    </span>
  );
}

function Conflict() {
  if (saveState.value !== "conflict") {
    return null;
  }
  return (
    <div class="two-editors" role="alert">
      <p>{t("save.conflict.long")}</p>
      <button type="button" class="small" data-action="keep-mine" onClick={() => void settle(true).catch(tell)}>
        {t("save.mine")}
      </button>
      <button type="button" class="small" data-action="take-theirs" onClick={() => void settle(false).catch(tell)}>
        {t("save.theirs")}
      </button>
    </div>
  );
}

function NewCase() {
  if (!asksForNew.value) {
    return null;
  }
  return (
    <div class="two-editors" role="alertdialog" aria-label={t("read.new")}>
      <p>{t("read.new.long")}</p>
      <button
        type="button"
        class="small"
        data-action="new-case-yes"
        onClick={() => {
          asksForNew.value = false;
          newCase();
        }}
      >
        {t("read.new")}
      </button>
      <button type="button" class="small" onClick={() => (asksForNew.value = false)}>
        {t("read.new.no")}
      </button>
    </div>
  );
}

function Bar() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing) {
        event.preventDefault();
        input.current?.focus();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <div class="read-bar">
      <label class="search finder">
        <Search size={14} aria-hidden="true" />
        <input
          ref={input}
          type="search"
          placeholder={t("read.search")}
          aria-label={t("read.search")}
          aria-keyshortcuts="/"
          value={sought.value}
          onInput={(event) => (sought.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              sought.value = "";
            } else if (event.key === "Enter" || event.key === "ArrowDown") {
              event.preventDefault();
              document.querySelector<HTMLElement>(".found .value, .found input")?.focus();
            }
          }}
        />
        {!sought.value && <kbd>/</kbd>}
      </label>
      <button type="button" class="icon" aria-label={t("read.undo")} title={t("read.undo")} aria-keyshortcuts="Control+Z" data-action="undo" disabled={!canUndo.value} onClick={undo}>
        <Undo2 size={16} aria-hidden="true" />
      </button>
      <button type="button" class="icon" aria-label={t("read.redo")} title={t("read.redo")} aria-keyshortcuts="Control+Shift+Z" data-action="redo" disabled={!canRedo.value} onClick={redo}>
        <Redo2 size={16} aria-hidden="true" />
      </button>
      <button type="button" class="icon" aria-label={t("read.new")} title={t("read.new")} data-action="new-case" onClick={() => (asksForNew.value = true)}>
        <FilePlus2 size={16} aria-hidden="true" />
      </button>
    </div>
  );
}

function Found() {
  const found = search([...findings.value.values()], sought.value, say);
  return (
    <div class="found" role="region" aria-label={t("read.found")}>
      <p class="quiet" aria-live="polite">{t("read.hits", { count: found.length })}</p>
      {found.slice(0, 30).map((finding) => (
        <FindingRow key={finding.id} finding={finding} />
      ))}
    </div>
  );
}

function Part({ section }: { section: Section }) {
  const done = progress(current.value, section.findings);
  const readable = isReadable(current.value, section.examinations);
  const isOpen = open.value.has(section.id);
  const toggle = () => {
    const after = new Set(open.value);
    if (!after.delete(section.id)) {
      after.add(section.id);
    }
    open.value = after;
  };
  return (
    <section class={`part ${readable ? "" : "closed-off"}`} data-section={section.id}>
      <h3>
        <button type="button" aria-expanded={isOpen} aria-controls={`part-${section.id}`} onClick={toggle}>
          <ChevronRight size={15} aria-hidden="true" class="turn" />
          <span>{sayFirst(section.label)}</span>
          {!readable && <span class="tag">{t("exam.not_done")}</span>}
          <span class="grow" />
          <progress value={done.answered} max={done.of} aria-hidden="true" />
          <span class="tally">{t("read.progress", { answered: done.answered, of: done.of })}</span>
        </button>
      </h3>
      {isOpen && (
        <div id={`part-${section.id}`}>
          {section.groups.map((group) => (
            <div key={group.id} class="group">
              {group.label && <h4>{sayFirst(group.label)}</h4>}
              {group.findings.map((finding) => (
                <FindingRow key={finding.id} finding={finding} />
              ))}
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

function onKeys(event: KeyboardEvent): void {
  const inText = event.target instanceof HTMLInputElement && event.target.type === "search";
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !inText) {
    event.preventDefault();
    if (event.shiftKey) {
      redo();
    } else {
      undo();
    }
  }
}

export function Read() {
  const known = vocabulary.value;
  const sections = useMemo(() => (known ? checklist(known) : []), [known]);
  useEffect(() => {
    wantsQuestions.value += 1;
    return () => {
      wantsQuestions.value -= 1;
    };
  }, []);
  if (!known) {
    return <div aria-busy="true" />;
  }
  const patient = ["patient.age", "patient.sex"].map((id) => findings.value.get(id)).filter((f) => f !== undefined);
  const all = progress(current.value, sections.flatMap((s) => s.findings));
  return (
    <div class="reading" onKeyDown={onKeys}>
      <Bar />
      <NewCase />
      <Conflict />
      {sought.value.trim() ? (
        <Found />
      ) : (
        <>
          <div class="who">
            {patient.map((finding) => (
              <FindingRow key={finding.id} finding={finding} />
            ))}
          </div>
          <Examinations />
          <Measure />
          <ToConfirm />
          <Questions />
          <div class="checklist">
            <div class="title">
              <h2>{t("read.checklist")}</h2>
              <span class="tally" data-progress={all.answered}>{t("read.progress", { answered: all.answered, of: all.of })}</span>
            </div>
            <p class="key-line">
              <span class="mark unknown" /> {t("read.state.unknown")} <span class="mark negative" /> {t("read.state.negative")} <span class="mark read" /> {t("read.state.read")} <span class="mark measured" />{" "}
              {t("read.state.measured")}
            </p>
            {sections.map((section) => (
              <Part key={section.id} section={section} />
            ))}
          </div>
        </>
      )}
      <footer class="read-foot">
        <SaveState />
      </footer>
    </div>
  );
}

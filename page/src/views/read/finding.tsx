// One finding: its values as keys, "unknown" while none is pressed; one of several where the reader hedges; what was measured,
// marked until it is confirmed or overridden; the definition and a drawing on demand.
import { Check, CircleHelp, Ruler } from "lucide-preact";
import { useState } from "preact/hooks";

import type { Finding } from "../../api";
import { type Key, t } from "../../i18n";
import { say, sayFirst } from "../../i18n/said";
import { answerOf, clicked, isAnswered, isNegative, measuredValue, type Read, readValues, withRead } from "../../reading/answer";
import { unitOf } from "../../reading/units";
import { current, edit } from "../../state/case";
import { hasSchematic, Schematics } from "./schematics";

const MOST_KEYS = 12; // more values than these are chosen from a list

function answer(id: string, read: Read | undefined): void {
  edit((before) => withRead(before, id, read));
}

/** Arrow keys move between the keys of a finding, Delete takes the answer back. */
function onKeys(event: KeyboardEvent, finding: Finding): void {
  const step = ["ArrowRight", "ArrowDown"].includes(event.key) ? 1 : ["ArrowLeft", "ArrowUp"].includes(event.key) ? -1 : 0;
  const keys = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLButtonElement>("button.value")];
  const at = keys.indexOf(document.activeElement as HTMLButtonElement);
  if (step && at >= 0) {
    event.preventDefault();
    keys[(at + step + keys.length) % keys.length]?.focus();
  } else if ((event.key === "Delete" || event.key === "Backspace") && at >= 0) {
    event.preventDefault();
    answer(finding.id, undefined);
  }
}

function Values({ finding, hedging }: { finding: Finding; hedging: boolean }) {
  const held = answerOf(current.value, finding.id);
  const chosen = readValues(held);
  const measured = held.read === undefined ? measuredValue(held) : undefined;
  const many = finding.kind === "set" || hedging;
  const focused = chosen[0] ?? measured ?? finding.values?.[0]?.id;
  return (
    <div class="values" role="group" aria-label={say(finding.label)} onKeyDown={(event) => onKeys(event, finding)}>
      {(finding.values ?? []).map((value) => {
        const on = chosen.includes(value.id);
        return (
          <button
            key={value.id}
            type="button"
            class={`value ${isNegative(value.id) ? "negative" : ""} ${value.id === measured ? "measured" : ""}`}
            data-value={value.id}
            aria-pressed={on}
            tabIndex={value.id === focused ? 0 : -1}
            title={value.definition ? say(value.definition) : undefined}
            onClick={(event) => answer(finding.id, clicked(finding, chosen, value.id, many || event.shiftKey))}
          >
            {say(value.label)}
          </button>
        );
      })}
    </div>
  );
}

function ManyValues({ finding, hedging }: { finding: Finding; hedging: boolean }) {
  const chosen = readValues(answerOf(current.value, finding.id));
  const values = finding.values ?? [];
  const pick = (value: string) => answer(finding.id, clicked(finding, chosen, value, finding.kind === "set" || hedging));
  return (
    <div class="values">
      {values
        .filter((v) => chosen.includes(v.id))
        .map((v) => (
          <button key={v.id} type="button" class="value" data-value={v.id} aria-pressed="true" onClick={() => pick(v.id)}>
            {say(v.label)}
          </button>
        ))}
      <select
        aria-label={say(finding.label)}
        value=""
        onChange={(event) => {
          pick(event.currentTarget.value);
          event.currentTarget.value = "";
        }}
      >
        <option value="">{t(chosen.length ? "read.another" : "read.choose")}</option>
        {values
          .filter((v) => !chosen.includes(v.id))
          .map((v) => (
            <option key={v.id} value={v.id}>
              {v.parent ? "  " : ""}
              {say(v.label)}
            </option>
          ))}
      </select>
    </div>
  );
}

function NumberValue({ finding }: { finding: Finding }) {
  const held = answerOf(current.value, finding.id);
  const [wrong, setWrong] = useState(false);
  const take = (input: HTMLInputElement) => {
    const number = input.valueAsNumber;
    const inside = number >= (finding.minimum ?? -Infinity) && number <= (finding.maximum ?? Infinity);
    setWrong(input.value !== "" && !inside);
    if (input.value === "") {
      answer(finding.id, undefined);
    } else if (inside) {
      answer(finding.id, number);
    }
  };
  return (
    <div class="values">
      <input
        class="number"
        type="number"
        step="any"
        inputMode="decimal"
        aria-label={say(finding.label)}
        aria-invalid={wrong}
        min={finding.minimum}
        max={finding.maximum}
        placeholder={t("read.unknown")}
        value={typeof held.read === "number" ? held.read : ""}
        onChange={(event) => take(event.currentTarget)}
        onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget)}
      />
      <span class="quiet">{unitOf(finding.unit)}</span>
      {wrong && <span class="wrong">{t("read.range", { low: finding.minimum ?? "", high: finding.maximum ?? "" })}</span>}
    </div>
  );
}

function MeasuredMark({ finding }: { finding: Finding }) {
  const held = answerOf(current.value, finding.id);
  const value = measuredValue(held);
  if (!held.measured || value === undefined) {
    return null;
  }
  const label = finding.values?.find((v) => v.id === value)?.label;
  const spread = held.measured.sd ? ` ± ${Number(held.measured.sd.toPrecision(2))}` : "";
  const told = label ? say(label) : `${Number(Number(value).toPrecision(3))}${spread} ${unitOf(finding.unit)}`;
  const differs = held.read !== undefined && !readValues(held).includes(value) && label !== undefined;
  return (
    <p class={`measured-mark ${differs ? "differs" : ""}`}>
      <Ruler size={13} aria-hidden="true" />
      <span>{t(differs ? "read.differs" : "read.measured", { value: told })}</span>
      {held.read === undefined && (
        <button type="button" class="small" data-action="confirm" onClick={() => answer(finding.id, label ? value : Number(Number(value).toPrecision(3)))}>
          <Check size={13} aria-hidden="true" />
          {t("read.confirm")}
        </button>
      )}
    </p>
  );
}

function Definition({ finding }: { finding: Finding }) {
  const values = (finding.values ?? []).filter((v) => v.definition);
  return (
    <div class="definition" id={`about-${finding.id}`}>
      <p>{inWords(finding, say(finding.definition))}</p>
      {values.length > 0 && (
        <dl>
          {values.map((v) => (
            <div key={v.id}>
              <dt>{say(v.label)}</dt>
              <dd>{inWords(finding, say(v.definition ?? ""))}</dd>
            </div>
          ))}
        </dl>
      )}
      <Schematics finding={finding} />
    </div>
  );
}

/** Definitions name values by their ids in backquotes: those become the values' words. */
function inWords(finding: Finding, text: string): string {
  return text.replace(/`([^`]+)`/g, (_, id: string) => `“${say(finding.values?.find((v) => v.id === id)?.label ?? id.replace(/_/g, " "))}”`);
}

export function FindingRow({ finding, hint }: { finding: Finding; hint?: preact.ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const held = answerOf(current.value, finding.id);
  const chosen = readValues(held);
  const [hedges, setHedges] = useState(false);
  const hedging = hedges || (finding.kind === "choice" && chosen.length > 1);
  const state = held.read !== undefined ? (chosen.length > 0 && chosen.every(isNegative) ? "negative" : "read") : isAnswered(held) ? "measured" : "unknown";
  const mayHedge = finding.kind === "choice" && (finding.values?.length ?? 0) > 2 && chosen.length > 0;
  return (
    <div class={`finding ${state}`} data-finding={finding.id} data-state={state}>
      <div class="finding-head">
        <span class="mark" role="img" aria-label={t(`read.state.${state}` as Key)} />
        <span class="finding-label">{sayFirst(finding.label)}</span>
        <button type="button" class="icon" aria-label={t("read.about", { finding: say(finding.label) })} aria-expanded={open} aria-controls={`about-${finding.id}`} data-action="about" onClick={() => setOpen(!open)}>
          <CircleHelp size={14} aria-hidden="true" class={hasSchematic(finding.id) ? "drawn" : ""} />
        </button>
        <span class="grow" />
        {mayHedge && (
          <button type="button" class="small hedge" aria-pressed={hedging} data-action="hedge" title={t("read.hedge.long")} onClick={() => {
            if (hedging && chosen.length > 1) {
              answer(finding.id, chosen[0]);
            }
            setHedges(!hedging);
          }}>
            {t("read.hedge")}
          </button>
        )}
        {held.read !== undefined && (
          <button type="button" class="small" data-action="unknown" onClick={() => answer(finding.id, undefined)}>
            {t("read.unset")}
          </button>
        )}
      </div>
      {finding.kind === "number" ? <NumberValue finding={finding} /> : (finding.values?.length ?? 0) > MOST_KEYS ? <ManyValues finding={finding} hedging={hedging} /> : <Values finding={finding} hedging={hedging} />}
      <MeasuredMark finding={finding} />
      {hint}
      {open && <Definition finding={finding} />}
    </div>
  );
}

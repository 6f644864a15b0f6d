// Two diagnoses side by side: for every finding how often each shows it, with what the case says, the most telling first.
import { useEffect, useState } from "preact/hooks";

import { getJson } from "../../api";
import { formatPercent, t } from "../../i18n";
import { say, sayFirst } from "../../i18n/said";
import { answerOf, isAnswered, readValues } from "../../reading/answer";
import { current } from "../../state/case";
import { shownDiagnosis, shownRival } from "../../state/live";
import { findings, tell } from "../../state/session";
import { nameOf } from "./bars";
import { contrast, type Described, type Telling } from "../../reading/apart";

const SHOWN = 8;

function Strip({ rows, held }: { rows: { id: string; label: string; share: number }[]; held: string[] }) {
  return (
    <span class="shares" role="img" aria-label={rows.map((r) => `${say(r.label)} ${formatPercent(r.share)}`).join(", ")}>
      {rows.map((r, at) => (
        <span key={r.id} class={`piece p${at % 5} ${held.includes(r.id) ? "held" : ""}`} style={{ width: `${100 * r.share}%` }} title={`${say(r.label)} ${formatPercent(r.share)}`}>
          {r.share > 0.3 ? say(r.label) : ""}
        </span>
      ))}
    </span>
  );
}

function List({ title, list }: { title: string; list: Telling[] }) {
  if (list.length === 0) {
    return null;
  }
  return (
    <>
      <h4>{title}</h4>
      <ul>
        {list.map((telling) => {
          const held = readValues(answerOf(current.value, telling.finding));
          return (
            <li key={telling.finding} data-apart={telling.finding}>
              <span class="name">
                {sayFirst(telling.label)}
                {held.length > 0 && <small>{held.map((v) => say(findings.value.get(telling.finding)?.values?.find((x) => x.id === v)?.label ?? v)).join(", ")}</small>}
              </span>
              <span class="strips">
                <Strip rows={telling.first} held={held} />
                <Strip rows={telling.second} held={held} />
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

export function Apart() {
  const [first, second] = [shownDiagnosis.value, shownRival.value];
  const [known, setKnown] = useState<Record<string, Described>>({});
  const [open, setOpen] = useState(false);
  useEffect(() => {
    for (const id of [first, second]) {
      if (open && id && !known[id]) {
        getJson<Described>(`/knowledge/diagnoses/${id}`).then((answer) => setKnown((before) => ({ ...before, [id]: answer })), tell);
      }
    }
  }, [first, second, open]);
  const [a, b] = [known[first ?? ""], known[second ?? ""]];
  const telling = a && b ? contrast(a, b).filter((c) => findings.value.get(c.finding)?.section !== "path" || current.value.examinations?.["biopsy"] === "complete") : [];
  const isKnown = (c: Telling) => isAnswered(answerOf(current.value, c.finding));
  return (
    <section class="apart">
      <button type="button" class="fold" aria-expanded={open} data-action="apart" onClick={() => setOpen(!open)}>
        {t("apart.title", { first: first ? nameOf(first) : "", second: second ? nameOf(second) : "" })}
      </button>
      {open && (
        <div class="apart-body">
          <p class="quiet">{t("apart.legend", { first: first ? nameOf(first) : "", second: second ? nameOf(second) : "" })}</p>
          <List title={t("apart.open")} list={telling.filter((c) => !isKnown(c)).slice(0, SHOWN)} />
          <List title={t("apart.known")} list={telling.filter(isKnown).slice(0, SHOWN)} />
        </div>
      )}
    </section>
  );
}

// Why the chosen diagnosis, and why not, against one rival: a bar to the right speaks for it, one to the left for the rival. A
// click opens the sentence with its counts and the rows of evidence behind it. The other way to read the same chart: which
// findings tell the two apart.
import { ChevronRight } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { getJson } from "../../api";
import { formatPercent, type Key, t } from "../../i18n";
import { say, sayFirst } from "../../i18n/said";
import type { EvidenceRow, Reason, SourceText } from "../../reading/result";
import { inWords } from "../../reading/says";
import { against, chosen, ranking, reasons, shownDiagnosis, shownRival } from "../../state/live";
import { findings, tell } from "../../state/session";
import { Said } from "../../parts/said";
import { nameOf } from "./bars";

const LEAST_SCALE = Math.log(4); // a chart of weak reasons does not look like one of strong ones

/** "4" of a weight of ln 4; above 100 nobody needs digits. */
export function factor(weight: number): string {
  const odds = Math.exp(Math.abs(weight));
  return odds > 100 ? "> 100" : odds >= 10 ? String(Math.round(odds)) : odds.toFixed(1);
}

export function Source({ doi, text }: { doi?: string | undefined; text: string }) {
  return doi ? (
    <a href={`https://doi.org/${encodeURI(doi)}`} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  ) : (
    <span>{text}</span>
  );
}

function Evidence({ reason, sources }: { reason: Reason; sources: Record<string, SourceText> }) {
  const [rows, setRows] = useState<EvidenceRow[] | null>(null);
  const ids = reason.evidence.join(",");
  useEffect(() => {
    if (ids) {
      getJson<{ rows: EvidenceRow[] }>(`/knowledge/evidence?rows=${encodeURIComponent(ids)}`).then((answer) => setRows(answer.rows), tell);
    } else {
      setRows([]);
    }
  }, [ids]);
  const groups = new Map<string, EvidenceRow[]>();
  for (const row of rows ?? []) {
    const key = `${row.diagnosis ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return (
    <div class="evidence">
      <p>{say(reason.text)}</p>
      {rows === null && <p class="quiet" aria-busy="true">{t("evidence.loading")}</p>}
      {[...groups].map(([diagnosis, of]) => (
        <table key={diagnosis}>
          <caption>{diagnosis ? nameOf(diagnosis) : t("evidence.any_lesion")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("evidence.says")}</th>
              <th scope="col" class="n">{t("evidence.patients")}</th>
              <th scope="col">{t("evidence.source")}</th>
            </tr>
          </thead>
          <tbody>
            {of.map((row) => (
              <tr key={row.id} data-evidence={row.id}>
                <td>
                  {of.some((r) => r.finding !== row.finding) && <span class="quiet">{sayFirst(findings.value.get(row.finding)?.label ?? "")}: </span>}
                  {inWords(row.finding, row.says)}
                  {row.note && <small><Said text={row.note} /></small>}
                </td>
                <td class="n">{row.patients ?? "–"}</td>
                <td title={row.citation}>
                  <Source doi={row.doi ?? sources[row.source]?.doi} text={row.source_name} />
                  <small>
                    {row.where} · {t(`scope.${row.scope}` as Key)}
                  </small>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

function ReasonRow({ label, weight, scale, children }: { label: string; weight: number; scale: number; children?: preact.ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const share = Math.min(1, Math.abs(weight) / scale) * 50;
  const side = weight >= 0 ? "for" : "against";
  return (
    <li class={`reason ${side}`} data-side={side}>
      <button type="button" disabled={!children} aria-expanded={children ? open : undefined} onClick={() => setOpen(!open)}>
        <ChevronRight size={13} aria-hidden="true" class="turn" />
        <span class="name">{label}</span>
        <span class="diverging" aria-hidden="true">
          <span class="fill moves" style={{ left: weight >= 0 ? "50%" : `${50 - share}%`, width: `${share}%` }} />
        </span>
        <b aria-label={t(weight >= 0 ? "reason.for" : "reason.against", { factor: factor(weight) })}>
          {weight >= 0 ? "×" : "÷"} {factor(weight)}
        </b>
      </button>
      {open && children}
    </li>
  );
}

function Rival() {
  const main = shownDiagnosis.value;
  return (
    <label class="rival">
      <span>{t("reason.rival")}</span>
      <select data-action="rival" value={shownRival.value ?? ""} onChange={(event) => (against.value = event.currentTarget.value)}>
        {ranking.value
          .filter((r) => r.diagnosis !== main && r.diagnosis !== "none_of_these")
          .map((r) => (
            <option key={r.diagnosis} value={r.diagnosis} selected={r.diagnosis === shownRival.value}>
              {nameOf(r.diagnosis)} · {formatPercent(r.probability)}
            </option>
          ))}
      </select>
    </label>
  );
}

export function Reasons() {
  const told = reasons.value;
  const main = shownDiagnosis.value;
  if (!told || !main || told.row.diagnosis !== main) {
    return <section class="reasons" aria-busy="true" />;
  }
  const { row, sources } = told;
  const rival = row.rival ?? shownRival.value ?? "";
  const list = [...(row.for ?? []), ...(row.against ?? [])].sort((a, b) => b.weight - a.weight);
  const scale = Math.max(LEAST_SCALE, Math.abs(row.prior_weight ?? 0), ...list.map((r) => Math.abs(r.weight)));
  const swap = () => {
    chosen.value = rival;
    against.value = main;
  };
  return (
    <section class="reasons" aria-labelledby="reasons-title" data-reasons-of={main} data-against={rival}>
      <div class="title">
        <h2 id="reasons-title">{t("reason.title", { diagnosis: nameOf(main) })}</h2>
        <button type="button" class="link" data-action="swap" onClick={swap}>
          {t("reason.swap")}
        </button>
      </div>
      <Rival />
      <div class="poles" aria-hidden="true">
        <span>← {nameOf(rival)}</span>
        <span>{nameOf(main)} →</span>
      </div>
      <ul class="chart">
        {row.prior_weight !== undefined && <ReasonRow label={t("reason.prior")} weight={row.prior_weight} scale={scale} />}
        {list.map((reason) => (
          <ReasonRow key={reason.group} label={sayFirst(reason.label)} weight={reason.weight} scale={scale}>
            <Evidence reason={reason} sources={sources} />
          </ReasonRow>
        ))}
      </ul>
      <p class="quiet note">{t("reason.note")}</p>
    </section>
  );
}

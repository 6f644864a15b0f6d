// Follow-up: results of one lesion over time. Two are compared in words; every measurement is plotted over all that were chosen.
import { signal } from "@preact/signals";
import { lazy, Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";

import { getJson, type Ranked, sendJson, type StoreRecord } from "../api";
import { formatDay, formatPercent, formatTime, type Key, t } from "../i18n";
import { say } from "../i18n/said";
import { type Chosen, openPair, pair } from "../state/pair";
import { setQuery, route } from "../state/route";
import { about, diagnosisNames, tell } from "../state/session";
import "../style/followup.css";

const Pair = lazy(() => import("./pair").then((m) => m.Pair)); // with NiiVue: only once two results are compared

interface Measurement {
  id: string;
  label: string;
  unit?: string;
  value?: number;
  sd?: number;
  missing?: string;
  series?: string;
}

interface Result {
  ranking: Ranked[];
  measurements?: Measurement[];
  provenance: { time?: string; inputs?: { date?: string; series?: string; role?: string }[] };
}

interface Side {
  value?: number;
  sd?: number;
  missing?: string;
}

interface Comparison {
  before: { date?: string; evaluated?: string };
  after: { date?: string; evaluated?: string };
  notes: string[];
  conclusion: string[];
  measurements: { id: string; label: string; unit: string; before: Side; after: Side; change?: number; percent?: number; verdict: string; reason?: string; range?: [number, number] }[];
  response: { id: string; label: string; category: string; text: string }[];
  residual: { id: string; label: string; answer: string; text: string }[];
  findings: { finding: string; label: string; before?: string; after?: string }[];
  alerts: { new: unknown[]; still: unknown[]; gone: unknown[] };
}

const records = signal<StoreRecord[] | null>(null);
const results = signal<Map<string, Result>>(new Map());
const comparison = signal<Comparison | null>(null);
const refusal = signal<string | null>(null);
const plotted = signal("size.volume_ml");
const MOST_LISTED = 40;

const chosen = () => (route.value.query.get("results") ?? "").split(",").filter(Boolean);

async function list(): Promise<void> {
  try {
    const newest = (await getJson<StoreRecord[]>("/results")).slice(0, MOST_LISTED);
    const loaded = await Promise.all(newest.map(async (record) => [record.id, await getJson<Result>(`/results/${record.id}`)] as const));
    results.value = new Map(loaded);
    records.value = newest;
  } catch (fault) {
    tell(fault);
  }
}

/** When the images were made, else when they were evaluated. */
function whenOf(result: Result | undefined): string {
  return result?.provenance.inputs?.find((input) => input.date)?.date ?? result?.provenance.time ?? "";
}

/** Several evaluations of images of one day are in the order in which they were made. */
function orderOf(id: string): string {
  const result = results.value.get(id);
  return `${whenOf(result).slice(0, 10)} ${result?.provenance.time ?? ""}`;
}

function inOrder(ids: string[]): string[] {
  return ids.filter((id) => results.value.has(id)).sort((a, b) => orderOf(a).localeCompare(orderOf(b)));
}

let asked = 0; // an answer to an earlier choice is not shown

async function compare(ids: string[]): Promise<void> {
  const mine = ++asked;
  comparison.value = null;
  refusal.value = null;
  const [before, after] = [ids[0], ids.at(-1)].map((id) => results.value.get(id ?? ""));
  if (ids.length < 2 || !before || !after) {
    return;
  }
  try {
    const answer = await sendJson<Comparison>("POST", "/compare", { before, after });
    if (mine === asked) {
      comparison.value = answer.body;
    }
  } catch (fault) {
    if (mine === asked) {
      refusal.value = fault instanceof Error ? fault.message : String(fault);
    }
  }
}

/** The images of a result, and where in them its lesion was measured. */
function imagesOf(id: string | undefined): Chosen | null {
  const [record, result] = [records.value?.find((one) => one.id === id), results.value.get(id ?? "")];
  const volume = result?.measurements?.find((m) => m.id === "size.volume_ml");
  const input = result?.provenance.inputs?.find((one) => one.series !== undefined && one.series === volume?.series);
  return record?.of ? { id: record.id, of: record.of, day: whenOf(result) || record.time, marked: volume?.value !== undefined, role: input?.role ?? null } : null;
}

function toggle(id: string): void {
  const before = chosen();
  setQuery({ results: (before.includes(id) ? before.filter((one) => one !== id) : [...before, id]).join(",") || null });
}

function Chooser() {
  return (
    <ul class="chooser">
      {(records.value ?? []).map((record) => {
        const result = results.value.get(record.id);
        const first = result?.ranking[0];
        const volume = result?.measurements?.find((m) => m.id === "size.volume_ml");
        return (
          <li key={record.id}>
            <label>
              <input type="checkbox" checked={chosen().includes(record.id)} data-result={record.id} onChange={() => toggle(record.id)} />
              <span>
                <b>{formatDay(whenOf(result) || record.time)}</b>
                <span class="quiet">{t("followup.evaluated", { time: formatTime(record.time) })}</span>
                <span class="quiet">
                  {first ? `${say(diagnosisNames.value.get(first.diagnosis) ?? "") || t("diagnosis.none")} ${formatPercent(first.probability)}` : ""}
                  {volume?.value !== undefined ? ` · ${number(volume.value)} ml` : ""}
                </span>
              </span>
            </label>
          </li>
        );
      })}
    </ul>
  );
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toPrecision(2);
}

const units: Record<string, string> = { mL: "ml", "[hnsf'U]": "HU", "1": "", "{count}": "" };
const unitName = (unit: string | undefined) => (unit === undefined ? "" : (units[unit] ?? unit));

const PLOT = { width: 760, height: 210, left: 56, right: 28, top: 14, bottom: 34 };
const DATE_WIDTH = 96; // a date under the axis, with room beside it

/** Where the axis has its lines: multiples of 1, 2 or 5 tens around the values. */
function ticksOf(least: number, most: number): { values: number[]; digits: number } {
  const rough = (most - least || 1) / 4;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * ten >= rough) ?? 10) * ten;
  const first = Math.floor(least / step);
  const count = Math.max(1, Math.ceil(most / step - 1e-9) - first);
  return { values: Array.from({ length: count + 1 }, (_, at) => (first + at) * step), digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/** From 0 to 1 by the day of the images; results of one day, or without one, in equal steps. */
function sharesOf(days: string[]): number[] {
  const times = days.map((day) => Date.parse(day.slice(0, 10)));
  const [first = NaN, last = NaN] = [times[0], times.at(-1)];
  return times.map((time, at) => (last > first ? (time - first) / (last - first) : days.length > 1 ? at / (days.length - 1) : 0.5));
}

/** Which of the places along the axis bear their date: the ends, and between them those with room. */
function datedOf(places: number[]): boolean[] {
  const end = places.at(-1) ?? 0;
  let last = -Infinity;
  return places.map((place, at) => {
    const fits = at === places.length - 1 || (place - last >= DATE_WIDTH && end - place >= DATE_WIDTH);
    last = fits ? place : last;
    return fits;
  });
}

/** Points over time with their standard deviations, joined in order. */
function Plot({ ids }: { ids: string[] }) {
  const points = ids
    .map((id) => ({ when: whenOf(results.value.get(id)), of: results.value.get(id)?.measurements?.find((m) => m.id === plotted.value) }))
    .filter((point) => point.of?.value !== undefined);
  const of = points[0]?.of;
  if (!of) {
    return <p class="quiet">{t("followup.not_measured")}</p>;
  }
  const ticks = ticksOf(Math.min(0, ...points.map((p) => (p.of?.value ?? 0) - (p.of?.sd ?? 0))), Math.max(0, ...points.map((p) => (p.of?.value ?? 0) + (p.of?.sd ?? 0))));
  const [least = 0, most = 1] = [ticks.values[0], ticks.values.at(-1)];
  const places = sharesOf(points.map((p) => p.when)).map((share) => PLOT.left + 12 + (PLOT.width - PLOT.left - 12 - PLOT.right) * share);
  const dated = datedOf(places);
  const x = (at: number) => places[at] ?? 0;
  const y = (value: number) => PLOT.top + ((PLOT.height - PLOT.top - PLOT.bottom) * (most - value)) / (most - least);
  const told = points.map((p) => `${formatDay(p.when)}: ${number(p.of?.value ?? 0)} ${unitName(of.unit)}`).join("; ");
  return (
    <svg class="plot" viewBox={`0 0 ${PLOT.width} ${PLOT.height}`} role="img" aria-label={`${say(of.label)}. ${told}`} data-plot={plotted.value}>
      {ticks.values.map((value) => (
        <g key={value}>
          <line x1={PLOT.left} x2={PLOT.width - PLOT.right} y1={y(value)} y2={y(value)} class="grid" />
          <text x={PLOT.left - 8} y={y(value) + 4} text-anchor="end">
            {value.toFixed(ticks.digits)}
          </text>
        </g>
      ))}
      <polyline points={points.map((p, at) => `${x(at)},${y(p.of?.value ?? 0)}`).join(" ")} class="line" />
      {points.map((p, at) => (
        <g key={at}>
          {p.of?.sd !== undefined && <line x1={x(at)} x2={x(at)} y1={y((p.of.value ?? 0) - p.of.sd)} y2={y((p.of.value ?? 0) + p.of.sd)} class="spread" />}
          <circle cx={x(at)} cy={y(p.of?.value ?? 0)} r="4.5" class="point" />
          {dated[at] && (
            <text x={x(at)} y={PLOT.height - 12} text-anchor={points.length === 1 ? "middle" : at === 0 ? "start" : at === points.length - 1 ? "end" : "middle"}>
              {formatDay(p.when)}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

function Measurements({ told }: { told: Comparison }) {
  const order = ["changed", "no_change", "cannot_be_told"];
  const shown = told.measurements.filter((m) => order.includes(m.verdict)).sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const side = (s: Side, unit: string) => (s.value === undefined ? "–" : `${number(s.value)}${s.sd !== undefined ? ` ± ${number(s.sd)}` : ""} ${unitName(unit)}`);
  return (
    <table class="changes">
      <thead>
        <tr>
          <th scope="col">{t("followup.measurement")}</th>
          <th scope="col">{t("followup.before")}</th>
          <th scope="col">{t("followup.after")}</th>
          <th scope="col">{t("followup.change")}</th>
          <th scope="col">{t("followup.verdict")}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((m) => (
          <tr key={m.id} data-measurement={m.id} data-verdict={m.verdict} class={plotted.value === m.id ? "chosen" : ""}>
            <th scope="row">
              <button type="button" class="ghost" onClick={() => (plotted.value = m.id)}>
                {say(m.label)}
              </button>
            </th>
            <td>{side(m.before, m.unit)}</td>
            <td>{side(m.after, m.unit)}</td>
            <td>
              {m.change === undefined ? "" : `${m.change > 0 ? "+" : ""}${number(m.change)}`}
              {m.percent === undefined ? "" : ` (${m.percent > 0 ? "+" : ""}${Math.round(m.percent)} %)`}
            </td>
            <td>{t(`followup.verdict.${m.verdict}` as Key)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Told({ told, ids }: { told: Comparison; ids: string[] }) {
  const shown = told.measurements.find((m) => m.id === plotted.value);
  return (
    <>
      {told.notes.length > 0 && (
        <ul class="doubts">
          {told.notes.map((note) => (
            <li key={note}>{say(note)}</li>
          ))}
        </ul>
      )}
      <h2>{t("followup.conclusion")}</h2>
      <ul class="conclusion">
        {told.conclusion.map((line) => (
          <li key={line}>{say(line)}</li>
        ))}
      </ul>
      <h2>{t("followup.over_time", { what: [say(shown?.label ?? ""), unitName(shown?.unit)].filter(Boolean).join(", ") })}</h2>
      <Plot ids={ids} />
      <Measurements told={told} />
      <h2>{t("followup.response")}</h2>
      {[...told.response.map((r) => ({ ...r, head: `${say(r.label)}: ${say(r.category)}` })), ...told.residual.map((r) => ({ ...r, head: `${say(r.label)}: ${say(r.answer)}` }))].map((r) => (
        <p key={r.id} class="response">
          <b>{r.head}</b> {say(r.text)}
        </p>
      ))}
      {told.findings.length > 0 && <h2>{t("followup.findings")}</h2>}
      {told.findings.map((f) => (
        <p key={f.finding} class="response">
          <b>{say(f.label)}</b> {f.before ? say(f.before) : t("followup.unstated")} → {f.after ? say(f.after) : t("followup.unstated")}
        </p>
      ))}
    </>
  );
}

export function FollowUp() {
  const keeps = about.value?.store;
  const ids = inOrder(chosen());
  useEffect(() => {
    if (keeps) {
      void list();
    }
  }, [keeps]);
  useEffect(() => void compare(ids), [ids.join(",")]);
  const [alone, setAlone] = useState(false);
  const told = comparison.value;
  const [before, after] = told ? [imagesOf(ids[0]), imagesOf(ids.at(-1))] : [null, null];
  useEffect(() => void openPair(before, after), [before?.id, after?.id]);
  const both = pair.value && `${pair.value[0].id} ${pair.value[1].id}`;
  return (
    <main class={alone && both ? "followup alone" : "followup"}>
      <aside aria-label={t("followup.results")}>
        <h2>{t("followup.results")}</h2>
        <p class="quiet">{about.value && !keeps ? t("followup.no_store") : t("followup.choose")}</p>
        {records.value?.length === 0 && <p class="quiet">{t("followup.none")}</p>}
        <Chooser />
      </aside>
      <section class="page" tabIndex={0} aria-label={t("nav.followup")}>
        <h1>{t("nav.followup")}</h1>
        {refusal.value && <p class="refusal">{refusal.value}</p>}
        {both && (
          <Suspense fallback={<div class="pair" aria-busy="true" />}>
            <Pair key={both} alone={alone} setAlone={setAlone} />
          </Suspense>
        )}
        {told && !(before && after) && <p class="quiet" data-told="no-images">{t("pair.none")}</p>}
        {told ? <Told told={told} ids={ids} /> : !refusal.value && <p class="quiet">{t("followup.empty")}</p>}
      </section>
    </main>
  );
}

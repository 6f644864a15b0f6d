// The distribution of a finding in a diagnosis as a strip: shares of a choice side by side in the vocabulary's order, members of a set and bins of a number as
// columns; a click shows the evidence rows behind it.
import { ChevronDown, ChevronRight } from "lucide-preact";
import { useState } from "preact/hooks";

import { formatPercent, type Key, t } from "../i18n";
import { say } from "../i18n/said";
import { Said } from "../parts/said";
import { inWords } from "../reading/says";
import { unitOf } from "../reading/units";
import type { DiagnosisFinding, EvidenceRow, Share } from "../state/atlas";

const LEAST_NAMED = 0.12;
const WIDTH = 300;
const HEIGHT = 34;
const tints = ["#3f8fa3", "#2f6f80", "#68a9a0", "#8b7fb0", "#a98a5a", "#6d7f92", "#99667a", "#5f8f63"];

function nameOf(share: Share, unit: string | undefined): string {
  if (share.from !== undefined && share.to !== undefined) {
    return `${share.from}–${share.to} ${unitOf(unit)}`.trim();
  }
  return say(share.label ?? share.value ?? "");
}

function Choice({ shares }: { shares: Share[] }) {
  let left = 0;
  const told = [...shares]
    .sort((a, b) => b.probability - a.probability)
    .map((share) => `${nameOf(share, undefined)} ${formatPercent(share.probability)}`)
    .join(", ");
  return (
    <svg class="strip" viewBox={`0 0 ${WIDTH} 20`} role="img" aria-label={told} preserveAspectRatio="none">
      <title>{told}</title>
      {shares.map((share, at) => {
        const begin = left;
        left += share.probability * WIDTH;
        return <rect key={at} x={begin} y="0" width={Math.max(0, left - begin - 1)} height="20" rx="2" fill={tints[at % tints.length]} />;
      })}
    </svg>
  );
}

function Columns({ shares, unit }: { shares: Share[]; unit: string | undefined }) {
  const most = Math.max(...shares.map((share) => share.probability), 0.01);
  const width = WIDTH / shares.length;
  const told = [...shares]
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 4)
    .map((share) => `${nameOf(share, unit)} ${formatPercent(share.probability)}`)
    .join(", ");
  return (
    <svg class="strip tall" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={told} preserveAspectRatio="none">
      <title>{shares.map((share) => `${nameOf(share, unit)} ${formatPercent(share.probability)}`).join("\n")}</title>
      {shares.map((share, at) => {
        const height = (share.probability / most) * (HEIGHT - 2);
        return <rect key={at} x={at * width + 0.5} y={HEIGHT - height} width={Math.max(1, width - 1)} height={height} fill={tints[0]} />;
      })}
    </svg>
  );
}

/** The values worth naming, each with the tint of its place in the vocabulary, so that strips can be compared. */
function Legend({ finding }: { finding: DiagnosisFinding }) {
  const sorted = finding.distribution.map((share, place) => ({ share, place })).sort((a, b) => b.share.probability - a.share.probability);
  const worth = finding.kind === "choice" ? sorted.filter(({ share }, at) => at === 0 || share.probability >= LEAST_NAMED) : sorted.slice(0, 3);
  return (
    <span class="legend">
      {worth.map(({ share, place }) => (
        <span key={place}>
          {finding.kind === "choice" && <i class={`tint-${place % tints.length}`} />}
          {nameOf(share, finding.unit)} <b>{formatPercent(share.probability)}</b>
        </span>
      ))}
    </span>
  );
}

function Rows({ finding, rows }: { finding: string; rows: EvidenceRow[] }) {
  return (
    <ul class="rows">
      {rows.map((row) => (
        <li key={row.id}>
          <span>{inWords(finding, row.says)}</span>
          <span class="quiet">
            <span lang="en" class="cited">{[row.source_name, row.where].filter(Boolean).join(" · ")}</span>
            {` · ${row.patients ? t("atlas.patients", { count: row.patients }) : t("atlas.words")}`}
            {row.scope && ` · ${t(`scope.${row.scope}` as Key)}`}
            {row.counts_as !== undefined && ` · ${t("atlas.counts_as", { count: Math.round(row.counts_as * 10) / 10 })}`}
          </span>
          {row.note && (
            <span class="quiet">
              <Said text={row.note} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

export function Strip({ finding }: { finding: DiagnosisFinding }) {
  const [open, setOpen] = useState(false);
  return (
    <div class="strip-box">
      <button type="button" class="strip-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronRight size={14} aria-hidden="true" />}
        {finding.kind === "choice" ? <Choice shares={finding.distribution} /> : <Columns shares={finding.distribution} unit={finding.unit} />}
        <span class="quiet number count">{t("atlas.rows_count", { count: finding.rows.length, worth: Math.round(finding.counts_as) })}</span>
      </button>
      <Legend finding={finding} />
      {open && <Rows finding={finding.finding} rows={finding.rows} />}
    </div>
  );
}

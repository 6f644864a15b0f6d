// Which findings tell two diagnoses apart: how much one look at a finding is expected to say, whichever of the two it is.
export interface Described {
  findings: {
    finding: string;
    label: string;
    kind: string;
    counts_as?: number;
    rows?: unknown[];
    distribution?: { value: string; label: string; probability: number }[];
  }[];
}

interface Piece {
  id: string;
  label: string;
  share: number;
}

export interface Telling {
  finding: string;
  label: string;
  first: Piece[];
  second: Piece[];
  divergence: number; // symmetric Kullback–Leibler divergence, in nats
}

/** Jeffreys' symmetric divergence of two distributions over the same values. */
export function divergence(p: number[], q: number[]): number {
  return p.reduce((sum, share, at) => {
    const other = q[at] ?? 0;
    return share > 0 && other > 0 ? sum + (share - other) * Math.log(share / other) : sum;
  }, 0);
}

const LEAST = 0.1; // below it a finding does not tell

type Row = NonNullable<Described["findings"][number]["distribution"]>[number];

/** A set's member is a yes or no of its own: the most telling one stands for the set. */
function ofSet(label: string, p: Row[], q: Row[]): Omit<Telling, "finding"> | null {
  const pair = (row: Row): Piece[] => [
    { id: row.value, label: row.label, share: row.probability },
    { id: "", label: "not", share: 1 - row.probability },
  ];
  const members = p.flatMap((row) => {
    const other = q.find((r) => r.value === row.value);
    return other ? [{ row, other, told: divergence([row.probability, 1 - row.probability], [other.probability, 1 - other.probability]) }] : [];
  });
  const best = members.sort((x, y) => y.told - x.told)[0];
  return best ? { label: `${label}: ${best.row.label}`, first: pair(best.row), second: pair(best.other), divergence: best.told } : null;
}

export function contrast(a: Described, b: Described): Telling[] {
  const pieces = (rows: Row[]): Piece[] => rows.map((r) => ({ id: r.value, label: r.label, share: r.probability }));
  const told = a.findings.flatMap((f): Telling[] => {
    const g = b.findings.find((other) => other.finding === f.finding);
    const [p, q] = [f.distribution, g?.distribution];
    if (!p?.[0]?.value || !q?.[0]?.value || f.kind === "number" || (!f.rows?.length && !g?.rows?.length)) {
      return [];
    }
    if (f.kind === "set") {
      const best = ofSet(f.label, p, q);
      return best ? [{ finding: f.finding, ...best }] : [];
    }
    const same = p.map((r) => q.find((x) => x.value === r.value)?.probability ?? 0);
    return [{ finding: f.finding, label: f.label, first: pieces(p), second: pieces(q), divergence: divergence(p.map((r) => r.probability), same) }];
  });
  return told.filter((c) => c.divergence >= LEAST).sort((x, y) => y.divergence - x.divergence);
}

// Own drawings of the signs that tell diagnoses apart: a vertebral body from the side, a vertebra from above, the canal. They
// show what a word means and are no pictures of a patient.
import type { ComponentChildren } from "preact";

import type { Finding } from "../../api";
import { sayFirst } from "../../i18n/said";

const BODY = "M14 22 C14 18 18 16 24 17 C38 20 62 20 76 17 C82 16 86 18 86 22 C83 34 83 46 86 58 C86 62 82 64 76 63 C62 60 38 60 24 63 C18 64 14 62 14 58 C17 46 17 34 14 22 Z";
const VERTEBRA = "M50 8 C66 8 76 16 75 26 C74 33 70 36 68 38 L78 40 C84 42 84 52 76 53 L68 52 L58 66 L54 76 L50 70 L46 76 L42 66 L32 52 L24 53 C16 52 16 42 22 40 L32 38 C30 36 26 33 25 26 C24 16 34 8 50 8 Z";
const CANAL = "M50 36 C62 36 66 42 62 49 C58 56 54 60 50 60 C46 60 42 56 38 49 C34 42 38 36 50 36 Z";

function Drawing({ children }: { children: ComponentChildren }) {
  return (
    <svg viewBox="0 0 100 80" class="schematic" aria-hidden="true">
      {children}
    </svg>
  );
}

const body = <path d={BODY} class="bone" />;
const around = (lesion: ComponentChildren) => (
  <Drawing>
    {body}
    {lesion}
  </Drawing>
);
const above = (more: ComponentChildren) => (
  <Drawing>
    <path d={VERTEBRA} class="bone" />
    <path d={CANAL} class="canal" />
    <circle cx="28" cy="44" r="3.6" class="canal" />
    <circle cx="72" cy="44" r="3.6" class="canal" />
    {more}
  </Drawing>
);
const cord = (dx = 0, flat = 1) => <ellipse cx={50 + dx} cy={48 + (flat < 1 ? 4 : 0)} rx="7.5" ry={5 * flat} class="cord" />;
const dots = (places: [number, number, number][], kind: string) => places.map(([x, y, r]) => <circle key={`${x} ${y}`} cx={x} cy={y} r={r} class={kind} />);
const holes: [number, number, number][] = [[30, 30, 3], [39, 38, 4], [50, 29, 3.2], [60, 40, 3.6], [70, 31, 2.8], [46, 48, 3.4], [33, 47, 2.6], [62, 52, 2.8], [72, 46, 3]];
const pores: [number, number, number][] = Array.from({ length: 44 }, (_, i) => [22 + 57 * ((i * 0.7549) % 1), 23 + 34 * ((i * 0.5698) % 1), 1.1] as [number, number, number]);

const drawings: Record<string, Record<string, () => ComponentChildren>> = {
  "ct.nidus": {
    present: () => around(<><circle cx="58" cy="40" r="17" class="dense" /><circle cx="58" cy="40" r="8" class="lucent" /><circle cx="58" cy="40" r="2.6" class="mineral" /></>),
  },
  "ct.margin": {
    sclerotic_rim: () => around(<circle cx="50" cy="40" r="15" class="lucent rim" />),
    well_defined: () => around(<circle cx="50" cy="40" r="15" class="lucent" />),
    ill_defined: () => around(<><circle cx="50" cy="40" r="18" class="lucent faint" /><circle cx="50" cy="40" r="14" class="lucent faint" /><circle cx="50" cy="40" r="9" class="lucent" /></>),
  },
  "ct.destruction": {
    geographic: () => around(<path d="M35 30 C44 24 62 26 66 36 C69 47 60 54 48 53 C36 52 29 38 35 30 Z" class="lucent" />),
    moth_eaten: () => around(dots(holes, "lucent")),
    permeative: () => around(dots(pores, "lucent")),
  },
  "ct.expansion": {
    mild: () => (
      <Drawing>
        <path d="M14 22 C14 18 18 16 24 17 C38 20 62 20 76 17 C82 16 86 18 86 22 C91 34 91 46 86 58 C86 62 82 64 76 63 C62 60 38 60 24 63 C18 64 14 62 14 58 C17 46 17 34 14 22 Z" class="bone" />
        <ellipse cx="67" cy="40" rx="20" ry="16" class="lucent" />
      </Drawing>
    ),
    marked: () => (
      <Drawing>
        <path d="M8 22 C8 18 14 16 20 17 C30 20 40 19 48 17 C60 6 96 12 97 40 C96 70 60 74 48 63 C40 61 30 60 20 63 C14 64 8 62 8 58 C11 46 11 34 8 22 Z" class="bone" />
        <ellipse cx="70" cy="40" rx="24" ry="25" class="lucent" />
      </Drawing>
    ),
  },
  "ct.cortex": {
    intact: () => around(<ellipse cx="50" cy="40" rx="17" ry="12" class="lucent" />),
    thinned: () => around(<path d="M40 28 C54 24 78 24 82 30 C81 38 81 46 82 52 C76 56 54 56 42 52 C34 46 34 34 40 28 Z" class="lucent" />),
    breached: () => (
      <Drawing>
        {body}
        <path d="M46 28 C58 24 78 26 86 30 C96 33 97 50 86 52 C78 56 56 56 46 52 C38 46 38 34 46 28 Z" class="lucent" />
        <path d="M84 29 C97 33 97 49 84 53" class="soft" />
      </Drawing>
    ),
  },
  "ct.mineralization": {
    chondroid: () => around(<><circle cx="50" cy="40" r="19" class="lucent" /><g class="strokes"><circle cx="43" cy="34" r="3.4" /><circle cx="56" cy="45" r="3.4" /><path d="M52 31 a4 4 0 0 1 6 4" /><path d="M40 46 a4 4 0 0 0 6 3" /><path d="M60 35 a4 4 0 0 1 2 6" /></g>{dots([[48, 41, 1.1], [38, 40, 1.1], [55, 52, 1.1], [63, 47, 1.1], [47, 27, 1.1]], "mineral")}</>),
    osteoid: () => around(<><circle cx="50" cy="40" r="19" class="lucent" />{dots([[44, 38, 7], [52, 34, 6], [57, 42, 7], [49, 46, 6]], "cloud")}</>),
  },
  "ct.vertical_trabeculae": {
    present: () => around(<g class="strokes thick">{[26, 34, 42, 50, 58, 66, 74].map((x) => <path key={x} d={`M${x} 22 L${x} 58`} />)}</g>),
  },
  "ct.septa": {
    present: () => around(<><path d="M26 30 C40 20 64 20 76 32 C80 44 70 56 52 57 C34 58 22 44 26 30 Z" class="lucent" /><g class="strokes"><path d="M40 25 C42 34 38 44 44 56" /><path d="M60 24 C58 34 64 44 58 56" /><path d="M26 40 C38 37 60 43 77 39" /></g></>),
  },
  "ct.residual_struts": {
    present: () => above(<><path d="M50 9 C66 9 75 17 74 26 C73 32 70 35 66 37 C60 34 40 34 34 37 C30 35 27 32 26 26 C25 17 34 9 50 9 Z" class="lucent" /><g class="strokes thick"><path d="M38 11 C40 18 36 22 40 28" /><path d="M52 9 C50 16 54 20 52 26" /><path d="M66 13 C61 18 64 24 60 30" /><path d="M27 22 C34 22 36 26 34 32" /></g></>),
  },
  "ct.spiculated_edge": {
    present: () => around(<><circle cx="50" cy="40" r="10" class="mineral" /><g class="strokes">{Array.from({ length: 16 }, (_, i) => { const a = (i * Math.PI) / 8; const r = i % 2 ? 15 : 18; return <path key={i} d={`M${50 + 9 * Math.cos(a)} ${40 + 9 * Math.sin(a)} L${50 + r * Math.cos(a)} ${40 + r * Math.sin(a)}`} />; })}</g></>),
  },
  "ct.ground_glass": { present: () => around(<><ellipse cx="52" cy="40" rx="24" ry="15" class="glass" /></>) },
  "ct.scalloping": {
    present: () => (
      <Drawing>
        <path d="M14 22 C14 18 18 16 24 17 C38 20 62 20 76 17 C82 16 86 18 86 22 C70 30 70 50 86 58 C86 62 82 64 76 63 C62 60 38 60 24 63 C18 64 14 62 14 58 C17 46 17 34 14 22 Z" class="bone" />
        <ellipse cx="90" cy="40" rx="14" ry="17" class="mass" />
      </Drawing>
    ),
  },
  "ct.collapse": {
    partial: () => (
      <Drawing>
        <path d="M14 34 C14 30 18 29 24 30 C40 28 62 20 76 17 C82 16 86 18 86 22 C83 34 83 46 86 58 C86 62 82 64 76 63 C62 60 38 60 24 63 C18 64 14 62 14 58 C15 50 15 42 14 34 Z" class="bone" />
      </Drawing>
    ),
    plana: () => (
      <Drawing>
        <path d="M12 6 C38 10 62 10 88 6 L88 20 C62 17 38 17 12 20 Z" class="bone" />
        <path d="M10 36 C38 33 62 33 90 36 L90 44 C62 47 38 47 10 44 Z" class="bone dense" />
        <path d="M12 60 C38 63 62 63 88 60 L88 74 C62 70 38 70 12 74 Z" class="bone" />
      </Drawing>
    ),
  },
  "mr.fluid_levels": {
    present: () => around(<>{[[24, 24, 24], [50, 22, 26], [30, 42, 22], [54, 42, 24]].map(([x, y, w]) => <g key={`${x} ${y}`}><rect x={x} y={y} width={w} height="17" rx="6" class="fluid" /><path d={`M${x} ${y! + 9} h${w} v3 a6 6 0 0 1 -6 5 h-${w! - 12} a6 6 0 0 1 -6 -5 Z`} class="layer" /></g>)}</>),
  },
  "mr.cartilage_cap_mm": {
    present: () => (
      <Drawing>
        <path d="M8 14 C30 18 44 18 52 16 L52 30 C62 28 70 24 78 26 C86 34 86 46 78 54 C70 56 62 52 52 50 L52 64 C44 62 30 62 8 66 Z" class="bone" />
        <path d="M72 20 C96 24 96 56 72 60 C78 56 86 46 82 34 C80 28 76 24 72 20 Z" class="cartilage" />
        <g class="strokes measure"><path d="M82 40 L92 40" /></g>
      </Drawing>
    ),
  },
  "mr.enhancement_rim": { present: () => around(<circle cx="50" cy="40" r="15" class="lucent enhancing" />) },
  "mr.enhancement_septal": { present: () => around(<><circle cx="50" cy="40" r="17" class="lucent" /><g class="strokes glow"><path d="M38 30 C46 36 44 46 40 54" /><path d="M52 23 C50 36 58 44 54 57" /><path d="M34 42 C46 38 58 44 67 38" /></g></>) },
  "extent.foramen": {
    normal: () => above(cord()),
    widened: () => above(<>{cord(-2)}<path d="M56 44 C60 38 66 42 70 40 C84 32 98 40 94 50 C90 60 78 56 70 52 C64 50 60 54 56 50 Z" class="mass" /></>),
  },
  "extent.escc": {
    "0": () => above(<>{cord()}<path d="M38 14 C50 10 64 14 62 24 C58 33 42 33 38 26 Z" class="mass" /></>),
    "1a": () => above(<>{cord()}<path d="M38 14 C50 10 64 14 64 26 C62 37 58 38.5 50 38.5 C44 38.5 38 36 38 26 Z" class="mass" /></>),
    "1b": () => above(<>{cord()}<path d="M38 14 C50 10 64 14 64 26 C62 38 60 41.5 50 41.5 C42 41.5 38 36 38 26 Z" class="mass" /></>),
    "1c": () => above(<>{cord()}<path d="M38 14 C50 10 64 14 64 26 C63 40 58 43.5 50 43.5 C42 43.5 37 38 38 26 Z" class="mass" /></>),
    "2": () => above(<>{cord(0, 0.66)}<path d="M38 14 C50 10 64 14 64 26 C64 44 58 48 50 48 C42 48 36 44 38 26 Z" class="mass" /></>),
    "3": () => above(<><path d="M38 14 C50 10 64 14 64 26 C66 46 60 55 50 55 C40 55 34 46 38 26 Z" class="mass" /><ellipse cx="50" cy="56" rx="7.5" ry="2" class="cord" /></>),
  },
  "extent.vertebral_artery": {
    free: () => above(<circle cx="72" cy="44" r="2.6" class="artery" />),
    abutted: () => above(<><circle cx="72" cy="44" r="2.6" class="artery" /><path d="M56 12 C70 14 74 24 73 34 C72 40 76 41 70 41 C62 38 54 26 56 12 Z" class="mass" /></>),
    encased: () => above(<><path d="M58 14 C76 14 84 34 81 46 C78 54 66 53 64 44 C60 34 52 24 58 14 Z" class="mass" /><circle cx="72" cy="44" r="2.6" class="artery" /></>),
  },
  "site.element": {
    body: () => above(<path d="M50 9 C65 9 75 16 74 26 C73 32 69 35 66 36 C58 33 42 33 34 36 C31 35 27 32 26 26 C25 16 35 9 50 9 Z" class="mass" />),
    posterior: () => above(<path d="M66 52 L58 65 L54 75 L50 69 L46 75 L42 65 L34 52 C40 60 45 62 50 62 C55 62 60 60 66 52 Z" class="mass" />),
    both: () => above(<><path d="M50 9 C65 9 75 16 74 26 C73 32 69 35 66 36 C58 33 42 33 34 36 C31 35 27 32 26 26 C25 16 35 9 50 9 Z" class="mass" /><path d="M68 38 L78 40 C84 42 84 52 76 53 L67 52 L58 65 C62 56 68 46 64 38 Z" class="mass" /></>),
  },
};
drawings["xr.margin"] = drawings["ct.margin"]!;
drawings["xr.expansion"] = drawings["ct.expansion"]!;
drawings["xr.collapse"] = drawings["ct.collapse"]!;

export function hasSchematic(id: string): boolean {
  return id in drawings;
}

export function Schematics({ finding }: { finding: Finding }) {
  const drawn = drawings[finding.id];
  if (!drawn) {
    return null;
  }
  return (
    <div class="schematics">
      {Object.entries(drawn).map(([value, draw]) => (
        <figure key={value}>
          {draw()}
          <figcaption>{sayFirst(finding.values?.find((v) => v.id === value)?.label ?? finding.label)}</figcaption>
        </figure>
      ))}
    </div>
  );
}

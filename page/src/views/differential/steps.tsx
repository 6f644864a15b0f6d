// What would change this: the examinations that are worth most, what each is expected to bring, and what every outcome leads to.
import { ChevronRight } from "lucide-preact";
import { useState } from "preact/hooks";

import { formatPercent, type Key, t } from "../../i18n";
import { say, sayFirst } from "../../i18n/said";
import type { Step } from "../../reading/result";
import { result, steps } from "../../state/live";
import { findings } from "../../state/session";
import { nameOf } from "./bars";

function outcome(held: Record<string, unknown>): string {
  return Object.entries(held)
    .map(([id, value]) => {
      const finding = findings.value.get(id);
      const words = (Array.isArray(value) ? value : [value]).map((v) => say(finding?.values?.find((x) => x.id === String(v))?.label ?? String(v)));
      return `${sayFirst(finding?.label ?? id)}: ${words.join(", ")}`;
    })
    .join("; ");
}

function StepRow({ step, most }: { step: Step; most: number }) {
  const [open, setOpen] = useState(false);
  return (
    <li class="next-step" data-examination={step.examination}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={13} aria-hidden="true" class="turn" />
        <span class="name">{sayFirst(step.label)}</span>
        <span class="gain" role="img" aria-label={t("step.gain", { share: formatPercent(step.gain_bits / most) })}>
          <span class="moves" style={{ width: `${Math.max(3, (100 * step.gain_bits) / most)}%` }} />
        </span>
      </button>
      <p class="facts quiet">
        {t("step.cost")} {t(`level.${step.cost}` as Key)} · {t("step.risk")} {t(`level.${step.risk}` as Key)}
        {step.dose_msv !== undefined && ` · ${step.dose_msv} mSv`}
        {step.gain_action >= 0.005 && ` · ${t("step.action", { share: formatPercent(step.gain_action) })}`}
      </p>
      {open && (
        <div class="outcomes">
          <p>{say(step.text.trim())}</p>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("step.if")}</th>
                <th scope="col" class="n">{t("step.chance")}</th>
                <th scope="col">{t("step.leads")}</th>
              </tr>
            </thead>
            <tbody>
              {step.if.map((o) => (
                <tr key={JSON.stringify(o.findings)}>
                  <td>{outcome(o.findings)}</td>
                  <td class="n">{formatPercent(o.probability)}</td>
                  <td>
                    {o.leads_to.map(([id, p]) => `${nameOf(id)} ${formatPercent(p)}`).join(", ")}
                    {o.action && <small>{sayFirst(o.action)}</small>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </li>
  );
}

export function Steps() {
  const asked = steps.value;
  const missing = (result.value?.["not_assessed"] ?? []) as string[];
  const most = Math.max(...(asked?.next ?? []).map((s) => s.gain_bits), 1e-9);
  return (
    <section class="steps" aria-labelledby="steps-title" aria-busy={!asked}>
      <h2 id="steps-title">{t("step.title")}</h2>
      {asked?.action && (
        <p class="action">
          <span class="quiet">{t("step.first")}</span> {sayFirst(asked.action)}
        </p>
      )}
      <ul>
        {(asked?.next ?? []).map((step) => (
          <StepRow key={step.examination} step={step} most={most} />
        ))}
      </ul>
      {asked && asked.next.length === 0 && <p class="quiet">{t("step.none")}</p>}
      {missing.length > 0 && (
        <div class="missing">
          <h4>{t("differential.not_assessed")}</h4>
          <ul class="chips">
            {missing.map((what) => (
              <li key={what}>{sayFirst(what)}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

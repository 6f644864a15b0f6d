// The quiz: a patient of the literature or a phantom with its images, told step by step; the learner ranks, then sees the truth, what
// the program makes of the same findings, and how the score went.
import { useEffect } from "preact/hooks";

import { formatPercent, type Key, t } from "../i18n";
import { say, sayFirst } from "../i18n/said";
import type { Reason } from "../reading/result";
import { answer, type Answered, ask, askAgain, forget, history, isMeasured, MOST_NAMED, name, named, type Outcome, type Question, question, score, tellMore, valueText, waiting } from "../state/quiz";
import { addressOf } from "../state/route";
import { diagnosisNames, findings, tell, vocabulary } from "../state/session";
import "../style/quiz.css";
import { factor } from "./differential/reasons";
import { QuizImages } from "./quiz_images";

const SHOWN = 5;

function Patient({ now }: { now: Question }) {
  const { age, sex } = now.patient;
  return (
    <p class="patient">
      {sex ? t(`quiz.sex.${sex}` as Key) : t("quiz.sex.unknown")}
      {age !== undefined && `, ${t("quiz.age", { age: Math.floor(age) })}`}
    </p>
  );
}

function Parts({ now }: { now: Question }) {
  const vocab = vocabulary.value;
  return (
    <>
      {now.parts.map((part) => (
        <section key={part.section} class="step" data-part={part.section}>
          <h2>{say(part.label)}</h2>
          <dl>
            {part.findings.map(({ finding, value }) => (
              <div key={finding}>
                <dt>{sayFirst(findings.value.get(finding)?.label ?? finding)}</dt>
                <dd>
                  {vocab && valueText(vocab, finding, value)}
                  {isMeasured(value) && <span class="quiet"> · {t("quiz.measured")}</span>}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}

function Ranking() {
  return (
    <section class="choices" aria-label={t("quiz.rank")}>
      <h2>{t("quiz.rank")}</h2>
      <div>
        {(vocabulary.value?.diagnoses ?? []).map((d) => {
          const at = named.value.indexOf(d.id);
          return (
            <button key={d.id} type="button" aria-pressed={at >= 0} disabled={question.value?.answer !== undefined || waiting.value !== null} data-choice={d.id} onClick={() => name(d.id)}>
              {at >= 0 && <b>{at + 1}. </b>}
              {say(d.name)}
            </button>
          );
        })}
      </div>
    </section>
  );
}

const CHART = { width: 220, height: 60 };

function Chart({ outcomes }: { outcomes: Outcome[] }) {
  const last = outcomes.slice(-20);
  const width = CHART.width / Math.max(last.length, 10);
  return (
    <svg class="score-chart" viewBox={`0 0 ${CHART.width} ${CHART.height}`} role="img" aria-label={t("quiz.chart", { points: last.map((one) => one.points).join(", ") })}>
      {last.map((one, at) => (
        <rect key={one.time} x={at * width} y={CHART.height - 2 - (one.points / 10) * (CHART.height - 4)} width={width - 2} height={2 + (one.points / 10) * (CHART.height - 4)} rx="1" class={one.rank === 0 ? "missed" : "hit"} />
      ))}
    </svg>
  );
}

function Score() {
  const all = history.value;
  const share = (most: number) => formatPercent(all.length ? all.filter((one) => one.rank > 0 && one.rank <= most).length / all.length : 0);
  return (
    <aside aria-label={t("quiz.score")}>
      <h2>{t("quiz.score")}</h2>
      <p class="points" data-score={score.value}>
        {score.value}
      </p>
      {all.length > 0 && (
        <>
          <p class="quiet">{t("quiz.summary", { count: all.length, first: share(1), three: share(3) })}</p>
          <Chart outcomes={all} />
          <button type="button" class="ghost" onClick={forget}>
            {t("quiz.forget")}
          </button>
        </>
      )}
      <p class="quiet">{t("quiz.local")}</p>
    </aside>
  );
}

function nameOf(diagnosis: string): string {
  return say(diagnosisNames.value.get(diagnosis) ?? "") || t("diagnosis.none");
}

function Reasons({ title, all, kind }: { title: string; all: Reason[]; kind: "for" | "against" }) {
  return all.length === 0 ? null : (
    <>
      <h3>{title}</h3>
      <ul class="reasons" data-reasons={kind}>
        {all.slice(0, SHOWN).map((reason) => (
          <li key={reason.group}>
            <b>
              {reason.weight >= 0 ? "×" : "÷"} {factor(reason.weight)}
            </b>
            <span>{say(reason.text)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Reasoning({ told }: { told: Answered }) {
  const { ranking } = told.reasoning;
  const at = ranking.findIndex((row) => row.diagnosis === told.diagnosis);
  const shown = ranking.filter((row, rank) => rank < SHOWN || rank === at || told.named.includes(row.diagnosis));
  const truth = ranking[at];
  const values = { diagnosis: nameOf(told.diagnosis), rival: nameOf(truth?.rival ?? "") };
  return (
    <section data-reasoning>
      <h2>{t("quiz.program")}</h2>
      <ol class="bars">
        {shown.map((row) => (
          <li key={row.diagnosis} class={row.diagnosis === told.diagnosis ? "truth" : ""} data-ranked={row.diagnosis}>
            <span>
              {ranking.indexOf(row) + 1}. {nameOf(row.diagnosis)}
              {told.named.includes(row.diagnosis) && <small class="quiet"> {t("quiz.yours", { rank: told.named.indexOf(row.diagnosis) + 1 })}</small>}
            </span>
            <meter min={0} max={1} value={row.probability} aria-label={formatPercent(row.probability)} />
            <b>{formatPercent(row.probability)}</b>
          </li>
        ))}
      </ol>
      <p class="quiet">{t("quiz.prior")}</p>
      {truth && <Reasons title={t("quiz.for", values)} all={truth.for ?? []} kind="for" />}
      {truth && <Reasons title={t("quiz.against", values)} all={truth.against ?? []} kind="against" />}
    </section>
  );
}

function Answer({ now, told }: { now: Question; told: Answered }) {
  const { source } = told;
  return (
    <section class="answer" aria-live="polite" data-answer={told.diagnosis}>
      <p class="verdict">
        {t("quiz.truth")} <a href={addressOf("atlas", ["diagnoses", told.diagnosis])}>{nameOf(told.diagnosis)}</a>
      </p>
      <p>
        {told.rank > 0 ? t("quiz.ranked", { rank: told.rank, points: told.points }) : t("quiz.missed")}
        {now.kind === "phantom" && ` ${t("quiz.synthetic")}`}
      </p>
      {source?.title && (
        <p class="quiet">
          <span lang="en" class="cited">
            {source.title}
            {source.year ? `, ${source.year}` : ""}
          </span>{" "}
          {source.url && (
            <a href={source.url} target="_blank" rel="noreferrer noopener">
              {t("atlas.link")}
            </a>
          )}
        </p>
      )}
      <Reasoning told={told} />
    </section>
  );
}

function Controls({ now }: { now: Question }) {
  const busy = waiting.value !== null;
  if (now.answer) {
    return (
      <div class="controls">
        <sl-button variant="primary" data-action="next" disabled={busy} onClick={() => void ask().catch(tell)}>
          {t("quiz.next")}
        </sl-button>
      </div>
    );
  }
  return (
    <div class="controls">
      {now.step < now.steps - 1 && (
        <sl-button data-action="more" disabled={busy} onClick={() => void tellMore().catch(tell)}>
          {t("quiz.more", { at: now.step + 1, of: now.steps })}
        </sl-button>
      )}
      <sl-button variant="primary" data-action="answer" disabled={busy || named.value.length === 0} onClick={() => void answer().catch(tell)}>
        {t("quiz.answer")}
      </sl-button>
    </div>
  );
}

function Asked({ now }: { now: Question }) {
  return (
    <>
      <p class="quiet">{t("quiz.told", { most: MOST_NAMED })}</p>
      <Patient now={now} />
      {now.kind === "phantom" && <QuizImages id={now.id} series={now.series} />}
      <Parts now={now} />
      {now.answer && <Answer now={now} told={now.answer} />}
      <Ranking />
      <Controls now={now} />
    </>
  );
}

export function Quiz() {
  const now = question.value;
  const loading = waiting.value === "case" || waiting.value === "phantom" ? waiting.value : null;
  const kind = loading ?? now?.kind ?? "case";
  useEffect(() => {
    if (!question.value) {
      askAgain().catch(tell);
    }
  }, []);
  return (
    <main class="quiz">
      <Score />
      <section class="page" tabIndex={0} aria-label={t("nav.quiz")} aria-busy={loading !== null}>
        <header>
          <h1>{t(`quiz.title.${kind}` as Key)}</h1>
          <div class="choices">
            {(["case", "phantom"] as const).map((one) => (
              <button key={one} type="button" aria-pressed={kind === one} data-kind={one} disabled={waiting.value !== null} onClick={() => void ask(one).catch(tell)}>
                {t(`quiz.kind.${one}`)}
              </button>
            ))}
          </div>
        </header>
        {loading === "phantom" && (
          <p class="making" role="status">
            {t("quiz.making")}
          </p>
        )}
        {now && !loading && vocabulary.value && <Asked key={now.id} now={now} />}
      </section>
    </main>
  );
}

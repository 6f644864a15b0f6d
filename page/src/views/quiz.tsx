// The quiz: a patient of the literature or a phantom, told step by step; the learner ranks, then sees the truth, what the program
// makes of the same findings, and how the score went.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { type ResultDocument, sendJson, type Vocabulary } from "../api";
import { formatPercent, type Key, t } from "../i18n";
import { say, sayFirst } from "../i18n/said";
import { Picture } from "../parts/picture";
import { pictureOf, type PictureSeries } from "../state/atlas";
import { answer, answered, ask, forget, history, MOST_NAMED, name, named, type Outcome, type Question, question, score, step, stepsOf, told, type Truth, withoutPathology } from "../state/quiz";
import { addressOf } from "../state/route";
import { diagnosisNames, tell, vocabulary } from "../state/session";
import "../style/quiz.css";

interface Reason {
  text?: string;
  weight?: number;
}
const program = signal<ResultDocument | null>(null);
const SHOWN = 5;

function another(vocab: Vocabulary, kind?: Question["kind"]): void {
  ask(vocab, kind).catch(tell);
}

async function askProgram(now: Question): Promise<void> {
  program.value = null;
  if (!now.document) {
    return;
  }
  try {
    program.value = (await sendJson<ResultDocument>("POST", "/differential?prior=uniform", withoutPathology(now.document))).body;
  } catch (fault) {
    tell(fault);
  }
}

function CaseSteps({ now }: { now: Question }) {
  const vocab = vocabulary.value;
  if (!vocab || !now.document) {
    return null;
  }
  const { age, sex } = now.document.patient;
  const steps = stepsOf(vocab, now);
  return (
    <>
      <p class="patient">
        {sex ? t(`quiz.sex.${sex}` as Key) : t("quiz.sex.unknown")}
        {age !== undefined && `, ${t("quiz.age", { age: Math.floor(age) })}`}
      </p>
      {steps.slice(0, step.value + 1).map((part) => (
        <section key={part.title} class="step">
          <h2>{say(part.title)}</h2>
          <dl>
            {part.lines.map((line) => (
              <div key={line.label}>
                <dt>{sayFirst(line.label)}</dt>
                <dd>{line.value}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}

function PhantomSteps({ now, titles }: { now: Question; titles: string[] }) {
  return (
    <div class="quiz-pictures">
      {titles.slice(0, step.value + 1).map((series) => (
        <figure key={series}>
          <Picture path={pictureOf(now.truth ?? "", series as PictureSeries, now.seed)} alt={t("atlas.picture_alt", { series: t(`series.${series}` as Key) })} />
          <figcaption>{t(`series.${series}` as Key)}</figcaption>
        </figure>
      ))}
    </div>
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
            <button key={d.id} type="button" aria-pressed={at >= 0} disabled={answered.value} data-choice={d.id} onClick={() => name(d.id)}>
              {at >= 0 && <b>{at + 1}. </b>}
              {say(d.name)}
            </button>
          );
        })}
      </div>
    </section>
  );
}

function ProgramAnswer({ truth }: { truth: Truth }) {
  const ranking = program.value?.ranking ?? [];
  const at = ranking.findIndex((row) => row.diagnosis === truth.diagnosis);
  const shown = ranking.filter((_, rank) => rank < SHOWN || rank === at);
  const reasons = ((ranking[at]?.reasons ?? []) as Reason[]).filter((reason) => reason.text).slice(0, SHOWN);
  return (
    <section>
      <h2>{t("quiz.program")}</h2>
      <ol class="bars">
        {shown.map((row) => (
          <li key={row.diagnosis} class={row.diagnosis === truth.diagnosis ? "truth" : ""}>
            <span>{say(diagnosisNames.value.get(row.diagnosis) ?? "") || t("diagnosis.none")}</span>
            <meter min={0} max={1} value={row.probability} aria-label={formatPercent(row.probability)} />
            <b>{formatPercent(row.probability)}</b>
          </li>
        ))}
      </ol>
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.map((reason, i) => (
            <li key={i}>{say(reason.text ?? "")}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Answer({ now, truth }: { now: Question; truth: Truth }) {
  const outcome = history.value.at(-1);
  const source = truth.source;
  return (
    <section class="answer" aria-live="polite" data-answer>
      <p class="verdict">
        {t("quiz.truth")} <a href={addressOf("atlas", ["diagnoses", truth.diagnosis])}>{say(diagnosisNames.value.get(truth.diagnosis) ?? truth.name)}</a>
      </p>
      <p>
        {outcome && outcome.rank > 0 ? t("quiz.ranked", { rank: outcome.rank, points: outcome.points }) : t("quiz.missed")}
        {now.kind === "phantom" && ` ${t("atlas.synthetic")}`}
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
      {now.document && <ProgramAnswer truth={truth} />}
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

function Controls({ steps }: { steps: number }) {
  const vocab = vocabulary.value;
  return (
    <div class="controls">
      {!answered.value && step.value < steps - 1 && (
        <sl-button data-action="more" onClick={() => (step.value += 1)}>
          {t("quiz.more", { at: step.value + 1, of: steps })}
        </sl-button>
      )}
      {!answered.value && (
        <sl-button variant="primary" data-action="answer" disabled={named.value.length === 0} onClick={() => void answer(steps, diagnosisNames.value).catch(tell)}>
          {t("quiz.answer")}
        </sl-button>
      )}
      {answered.value && vocab && (
        <sl-button variant="primary" data-action="next" onClick={() => another(vocab)}>
          {t("quiz.next")}
        </sl-button>
      )}
    </div>
  );
}

export function Quiz() {
  const vocab = vocabulary.value;
  const now = question.value;
  useEffect(() => {
    if (vocab && !question.value) {
      another(vocab);
    }
  }, [vocab]);
  useEffect(() => {
    if (answered.value && now) {
      void askProgram(now);
    }
  }, [answered.value, now?.key]);
  if (!vocab || !now) {
    return <main class="quiz" aria-busy="true" />;
  }
  const steps = stepsOf(vocab, now);
  return (
    <main class="quiz">
      <Score />
      <section class="page" tabIndex={0} aria-label={t("nav.quiz")}>
        <header>
          <h1>{t(`quiz.title.${now.kind}` as Key)}</h1>
          <div class="choices">
            <button type="button" aria-pressed={now.kind === "case"} data-kind="case" onClick={() => another(vocab, "case")}>
              {t("quiz.kind.case")}
            </button>
            <button type="button" aria-pressed={now.kind === "phantom"} data-kind="phantom" onClick={() => another(vocab, "phantom")}>
              {t("quiz.kind.phantom")}
            </button>
          </div>
        </header>
        <p class="quiet">{t("quiz.told", { most: MOST_NAMED })}</p>
        {now.kind === "case" ? <CaseSteps now={now} /> : <PhantomSteps now={now} titles={steps.map((one) => one.title)} />}
        {told.value && <Answer now={now} truth={told.value} />}
        <Ranking />
        <Controls steps={steps.length} />
      </section>
    </main>
  );
}

// The unanswered findings that would move this answer most. The list stays as it is while the reader answers it, so that nothing
// moves under the hand; it is asked anew when he wants the next ones, or when what was examined changes.
import { ArrowRight } from "lucide-preact";
import { effect, signal } from "@preact/signals";

import { formatPercent, t } from "../../i18n";
import { say } from "../../i18n/said";
import { answerOf, isAnswered } from "../../reading/answer";
import type { Question } from "../../reading/result";
import { current } from "../../state/case";
import { questions } from "../../state/live";
import { findings } from "../../state/session";
import { nameOf } from "../differential/bars";
import { FindingRow } from "./finding";

const held = signal<Question[]>([]);
let heldFor = "";

/** What decides that a list is another one: the case and what was examined, not what was answered in it. */
function occasion(): string {
  return JSON.stringify([current.value.id, current.value.examinations, current.value.patient]);
}

effect(() => {
  const asked = questions.value;
  const now = occasion();
  if (!asked) {
    return;
  }
  const answered = held.peek().some((q) => isAnswered(answerOf(current.value, q.finding)));
  if (now !== heldFor || !answered) {
    heldFor = now;
    held.value = asked;
  }
});

function Hint({ question, most }: { question: Question; most: number }) {
  const telling = [...question.if].sort((a, b) => (b.leads_to[0]?.[1] ?? 0) - (a.leads_to[0]?.[1] ?? 0))[0];
  const lead = telling?.leads_to[0];
  return (
    <div class="hint">
      <span class="gain" aria-hidden="true">
        <span style={{ width: `${Math.max(4, (100 * question.gain_bits) / most)}%` }} />
      </span>
      {telling && lead && (
        <span>{t("question.leads", { value: say(telling.label), diagnosis: nameOf(lead[0]), probability: formatPercent(lead[1]) })}</span>
      )}
    </div>
  );
}

export function Questions() {
  const list = held.value;
  const done = list.filter((q) => isAnswered(answerOf(current.value, q.finding))).length;
  const most = list[0]?.gain_bits ?? 1;
  return (
    <section class="questions" aria-labelledby="questions-title">
      <div class="title">
        <h2 id="questions-title">{t("question.title")}</h2>
        <span class="tally">{t("read.progress", { answered: done, of: list.length })}</span>
      </div>
      {list.length === 0 && <p class="quiet">{t(questions.value ? "question.none" : "question.waiting")}</p>}
      <div class="list">
      {list.map((question) => {
        const finding = findings.value.get(question.finding);
        return finding && <FindingRow key={finding.id} finding={finding} hint={isAnswered(answerOf(current.value, finding.id)) ? undefined : <Hint question={question} most={most} />} />;
      })}
      </div>
      {done > 0 && (
        <button type="button" class="small wide" data-action="next-questions" onClick={() => (held.value = questions.value ?? [])}>
          {t("question.next")}
          <ArrowRight size={14} aria-hidden="true" />
        </button>
      )}
    </section>
  );
}

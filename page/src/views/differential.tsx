// The differential as it stands: alerts and impression, the ranked bars, the reasons of the chosen diagnosis, what tells it from
// its rival, what would change it, and what else follows.
import { useEffect } from "preact/hooks";

import { t } from "../i18n";
import { say } from "../i18n/said";
import { result, wantsReasons } from "../state/live";
import { FurtherAdvice } from "./differential/advice";
import { Apart } from "./differential/apart";
import { Bars } from "./differential/bars";
import { Reasons } from "./differential/reasons";
import { Steps } from "./differential/steps";
import { Alerts } from "./insight";

export function Differential() {
  useEffect(() => {
    wantsReasons.value += 1;
    return () => {
      wantsReasons.value -= 1;
    };
  }, []);
  if (!result.value) {
    return <div aria-busy="true" />;
  }
  const impression = (result.value["impression"] ?? []) as string[];
  return (
    <div class="differential">
      <section class="impression" aria-labelledby="impression-title">
        <h2 id="impression-title">{t("differential.impression")}</h2>
        <Alerts />
        {impression.map((line) => (
          <p key={line}>{say(line)}</p>
        ))}
      </section>
      <Bars />
      <Reasons />
      <Apart />
      <Steps />
      <FurtherAdvice />
    </div>
  );
}

// A text of the knowledge in the page's language. One that the language has no words for stands in English and is marked so.
import { t } from "../i18n";
import { say, sayFirst, stayed } from "../i18n/said";

export function Said({ text, first }: { text: string; first?: boolean }) {
  const said = first ? sayFirst(text) : say(text);
  return stayed(text) ? (
    <span lang="en" class="stayed" data-mark={t("said.english")}>
      {said}
    </span>
  ) : (
    <>{said}</>
  );
}

import { t } from "../i18n";

export function Quiz() {
  return <main class="quiz">{t("view.quiz")}</main>;
}

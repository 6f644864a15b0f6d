import { t } from "../i18n";

export function Report() {
  return <div class="report">{t("view.report")}</div>;
}

import { t } from "../i18n";

export function Differential() {
  return <div class="differential">{t("view.differential")}</div>;
}

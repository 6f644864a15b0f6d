import { t } from "../i18n";

export function Atlas() {
  return <main class="atlas">{t("view.atlas")}</main>;
}

// Why the server did not take something, field by field.

import { Refusal } from "@/api/errors";
import { explain } from "@/shell/toasts";

export function reasons(error: unknown): string {
  const errors = error instanceof Refusal ? error.body["errors"] : [];
  const fields = Array.isArray(errors) ? (errors as { field: string; message: string }[]) : [];
  return [explain(error), ...fields.map((one) => `${one.field}: ${one.message}`)].join("\n");
}

/** Selectors of labels, as objects carry them. */
import { isMapping } from './kubectl-object.ts';

type Labels = Readonly<Record<string, string>>;

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** True where a selector takes in labels; one that says nothing takes in all. */
export function selects(selector: unknown, labels: Labels = {}): boolean {
  if (!isMapping(selector)) return false;
  const { matchLabels, matchExpressions } = selector;
  const equal = isMapping(matchLabels) ? Object.entries(matchLabels).every(([key, value]) => labels[key] === value) : true;
  return equal && (Array.isArray(matchExpressions) ? (matchExpressions as Expression[]).every((each) => holds(each, labels)) : true);
}

function holds({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  const value = labels[key];
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  const isIn = value !== undefined && values.includes(value);
  return operator === 'In' ? isIn : operator === 'NotIn' ? !isIn : false;
}

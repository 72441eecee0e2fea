/** What expressions and templates say, as trees. Offsets are those of the text that was parsed. */
import type { Value } from '../value.ts';

interface Node {
  readonly start: number;
  readonly end: number;
}

export type Expr =
  | (Node & { readonly kind: 'literal'; readonly value: Value })
  /** `1.0`: a float that is whole. */
  | (Node & { readonly kind: 'float'; readonly value: number })
  | Name
  | (Node & { readonly kind: 'list'; readonly items: readonly Expr[]; readonly isTuple: boolean })
  | (Node & { readonly kind: 'dict'; readonly entries: readonly (readonly [Expr, Expr])[] })
  | (Node & { readonly kind: 'unary'; readonly sign: '-' | '+'; readonly operand: Expr })
  | (Node & { readonly kind: 'not'; readonly operand: Expr })
  | (Node & { readonly kind: 'arithmetic'; readonly sign: Arithmetic; readonly left: Expr; readonly right: Expr })
  | (Node & { readonly kind: 'concat'; readonly parts: readonly Expr[] })
  | (Node & { readonly kind: 'compare'; readonly first: Expr; readonly rest: readonly { readonly sign: Comparison; readonly operand: Expr }[] })
  | (Node & { readonly kind: 'and' | 'or'; readonly left: Expr; readonly right: Expr })
  | (Node & { readonly kind: 'choice'; readonly test: Expr; readonly then: Expr; readonly otherwise: Expr | undefined })
  | Attribute
  | (Node & { readonly kind: 'item'; readonly object: Expr; readonly index: Expr })
  | (Node & { readonly kind: 'slice'; readonly object: Expr; readonly from: Expr | undefined; readonly to: Expr | undefined; readonly step: Expr | undefined })
  | CallExpr
  | FilterExpr
  | (Node & { readonly kind: 'test'; readonly input: Expr; readonly name: string; readonly nameAt: Node; readonly args: Arguments })
  /** The text of a `{% filter %}` or `{% set %}` block, as the input of its filters. */
  | (Node & { readonly kind: 'body' });

export type Name = Node & { readonly kind: 'name'; readonly name: string };
export type Attribute = Node & { readonly kind: 'attribute'; readonly object: Expr; readonly name: string; readonly nameAt: Node };
export type CallExpr = Node & { readonly kind: 'call'; readonly callee: Expr; readonly args: Arguments };
export type FilterExpr = Node & { readonly kind: 'filter'; readonly input: Expr; readonly name: string; readonly nameAt: Node; readonly args: Arguments };

export type Arithmetic = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

/** What stands between the parentheses of a call. */
export interface Arguments {
  readonly positional: readonly Expr[];
  readonly named: readonly { readonly name: string; readonly value: Expr; readonly nameAt: Node }[];
  /** `*list` and `**dict`. */
  readonly spread: Expr | undefined;
  readonly spreadNamed: Expr | undefined;
}

/** Where a loop, `set` or `with` puts values: a name, several, or `ns.name`. */
export type Target =
  | (Node & { readonly kind: 'name'; readonly name: string })
  | (Node & { readonly kind: 'field'; readonly object: string; readonly name: string })
  | (Node & { readonly kind: 'several'; readonly targets: readonly Target[] });

export interface Parameter {
  readonly name: string;
  readonly fallback: Expr | undefined;
}

export type Statement =
  | (Node & { readonly kind: 'text'; readonly text: string })
  | (Node & { readonly kind: 'output'; readonly value: Expr })
  | (Node & { readonly kind: 'if'; readonly branches: readonly { readonly test: Expr; readonly body: Body }[]; readonly otherwise: Body })
  | ForStatement
  | (Node & { readonly kind: 'set'; readonly target: Target; readonly value: Expr })
  | (Node & { readonly kind: 'setBlock'; readonly target: Target; readonly filters: Expr; readonly body: Body })
  | MacroStatement
  | (Node & { readonly kind: 'callBlock'; readonly params: readonly Parameter[]; readonly call: CallExpr; readonly body: Body })
  | (Node & { readonly kind: 'filterBlock'; readonly filters: Expr; readonly body: Body })
  | (Node & { readonly kind: 'with'; readonly pairs: readonly { readonly target: Target; readonly value: Expr }[]; readonly body: Body })
  | (Node & { readonly kind: 'do'; readonly value: Expr })
  | (Node & { readonly kind: 'break' | 'continue' })
  | IncludeStatement
  | ImportStatement;

export type Body = readonly Statement[];

export type ForStatement = Node & {
  readonly kind: 'for';
  readonly target: Target;
  readonly items: Expr;
  readonly where: Expr | undefined;
  readonly recursive: boolean;
  readonly body: Body;
  readonly otherwise: Body;
};

export type MacroStatement = Node & { readonly kind: 'macro'; readonly name: string; readonly params: readonly Parameter[]; readonly body: Body };

export type IncludeStatement = Node & { readonly kind: 'include'; readonly template: Expr; readonly ignoreMissing: boolean; readonly context: boolean };

export type ImportStatement = Node & {
  readonly kind: 'import';
  readonly template: Expr;
  readonly context: boolean;
  /** `import x as name`, or the names of `from x import a as b`. */
  readonly as: string | undefined;
  readonly names: readonly { readonly name: string; readonly as: string }[];
};

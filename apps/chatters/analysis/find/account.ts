/** What an analysis knows of an account that was seen in a chat. */
export interface SeenAccount {
  readonly id: string;
  readonly login: string;
  /** When it was opened; null: nobody could tell, for it was deleted or suspended before it was asked for. */
  readonly createdMs: number | null;
  /** How often it changed its login since it was first seen. */
  readonly renames: number;
}

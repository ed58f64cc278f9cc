/** What an item of a tree shows; every text in it is safe to show. */
export interface ItemText {
  readonly label: string;
  readonly description: string;
  /** Plain: nothing in it is Markdown. */
  readonly tooltip: string;
  /** A codicon, and the theme colour that it has. */
  readonly icon: string;
  readonly color: string | undefined;
  /** What the icon says and the description does not, for who does not see it. */
  readonly iconText?: string;
  /** What menus ask for as `viewItem`. */
  readonly contextValue: string;
}

declare module "worklet:*" {
  const source: string;
  export default source;
}
declare module "*.css" {}

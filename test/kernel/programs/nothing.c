/* Does nothing: what it was given is all there is to see. */
int main(void)
{
	return 0;
}
